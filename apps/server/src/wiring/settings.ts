import { auditSettings } from "../features/audit/index.js";
import { credentialSettings } from "../features/credentials/index.js";
import { emailCodeSettings } from "../features/factors/email-code/index.js";
import { factorSettings } from "../features/factors/index.js";
import { judgePasskeySettings, passkeySettings } from "../features/factors/passkeys/index.js";
import { trustedDeviceSettings } from "../features/factors/trusted-devices/index.js";
import { invitationSettings } from "../features/invitations/index.js";
import { limitSettings } from "../features/limits/index.js";
import { judgeMailSettings, mailSettings } from "../features/mail/index.js";
import { registrationSettings } from "../features/registration/index.js";
import { feedSettings } from "../features/revocation-feed/index.js";
import { sessionSettings } from "../features/sessions/index.js";
import { signingKeySettings } from "../features/signing-keys/index.js";
import { tokenSettings } from "../features/tokens/index.js";
import { verificationSettings } from "../features/verification/index.js";
import { hostSettings } from "../host.js";
import { httpSettings } from "../http/settings.js";
import { type LoadedSettings, loadSettings, type ValuesOfGroups } from "../settings/read.js";

/** Every setting, grouped by the feature that uses it. */
export const declaredSettings = {
  http: httpSettings,
  host: hostSettings,
  credentials: credentialSettings,
  signingKeys: signingKeySettings,
  tokens: tokenSettings,
  sessions: sessionSettings,
  revocationFeed: feedSettings,
  limits: limitSettings,
  factors: factorSettings,
  passkeys: passkeySettings,
  emailCodes: emailCodeSettings,
  trustedDevices: trustedDeviceSettings,
  registration: registrationSettings,
  invitations: invitationSettings,
  mail: mailSettings,
  verification: verificationSettings,
  audit: auditSettings,
} as const;

export type AppSettings = ValuesOfGroups<typeof declaredSettings>;

/** Finds settings that are valid individually but do not work together, or not in production. */
export function judgeSettings(
  settings: AppSettings,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const { mail, host, passkeys } = settings;
  const twice = host.sealKeys !== undefined && host.sealKeysOfFile !== undefined;
  return [
    // Not a setting of ours: other programs set it and read it too.
    ...judgeMailSettings(mail, { isProduction: environment.NODE_ENV === "production" }),
    ...(twice ? ["SEAL_KEY and SEAL_KEY_FILE are both set: keep one of them."] : []),
    ...judgePasskeySettings(passkeys, placesOf(settings)),
  ];
}

/** Where the server and its pages are. */
export function placesOf({ http, mail, tokens }: AppSettings) {
  return { appUrl: mail.appUrl, publicUrl: tokens.publicUrl, corsOrigins: http.corsOrigins };
}

/** The server's settings, and how they were written. */
export type ServerSettings = LoadedSettings<typeof declaredSettings>;

/** Reads the environment and `.env` of the current folder, as the server and every command do. */
export function loadServerSettings(variables: NodeJS.ProcessEnv): ServerSettings {
  return loadSettings(declaredSettings, variables, judgeSettings);
}
