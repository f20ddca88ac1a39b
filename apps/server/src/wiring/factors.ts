import type { Accounts } from "../features/accounts/service.js";
import { notifyOfFactors } from "../features/factors/letters.js";
import { openPasskeys } from "../features/factors/passkeys/index.js";
import { openRecoveryCodes } from "../features/factors/recovery-codes/index.js";
import type { Factors } from "../features/factors/service.js";
import { openTotp } from "../features/factors/totp/index.js";
import type { Host } from "../host.js";
import type { Foundation } from "./foundation.js";
import { type AppSettings, placesOf } from "./settings.js";

/** Second factors that are codes: of authenticator apps, and recovery codes. */
export function openCodes(
  host: Host,
  settings: AppSettings,
  { events, mailing, factors }: Pick<Foundation, "events" | "mailing"> & { readonly factors: Factors },
) {
  const recoveryCodes = openRecoveryCodes(host, { events });
  const totp = openTotp(host, { factors, recoveryCodes, appName: settings.mail.appName });
  factors.keep(totp.keeper);
  factors.endWithLast(recoveryCodes.ending);
  return {
    recoveryCodes,
    totp,
    /** What a sign-in can ask for. */
    secondFactors: [totp.factor, recoveryCodes.factor],
    parts: [totp, notifyOfFactors(events, mailing.mail, host.clock)],
  };
}

/** Passkeys, which are a second factor and also a first one. */
export function openPasskeyFactor(
  host: Host,
  settings: AppSettings,
  below: Pick<Foundation, "limits" | "audit"> & { readonly accounts: Accounts; readonly factors: Factors },
) {
  const places = placesOf(settings);
  const opened = openPasskeys(host, settings.passkeys, { ...below, places, appName: settings.mail.appName });
  below.factors.keep(opened.passkeys.keeper);
  return opened;
}
