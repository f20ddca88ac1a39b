import { openAccounts } from "../features/accounts/index.js";
import { createEndings } from "../features/accounts/service.js";
import { openCredentials } from "../features/credentials/index.js";
import { createEmailChange } from "../features/email-change/service.js";
import { createPasswordFactor } from "../features/factors/password/service.js";
import { openSecrets } from "../features/mailed-links/index.js";
import { openNotices } from "../features/notices/index.js";
import { decideRecovery } from "../features/recovery/letter.js";
import { createRecovery } from "../features/recovery/service.js";
import { openRegistrations } from "../features/registration/index.js";
import { openSessions } from "../features/sessions/index.js";
import { createSignIn } from "../features/sign-in/service.js";
import { decideVerification } from "../features/verification/letter.js";
import { createVerification } from "../features/verification/service.js";
import type { Host } from "../host.js";
import type { Foundation } from "./foundation.js";
import type { AppSettings } from "./settings.js";

export type Identity = ReturnType<typeof openIdentity>;

/** Who exists, how that is shown, and who is let in: accounts, credentials, sessions, factors, sign-in, and what leads to it. */
export function openIdentity(host: Host, settings: AppSettings, foundation: Foundation) {
  const { events, limits, signingKeys, mailing, hashing } = foundation;
  const { mail, quota, linkTo } = mailing;
  const endings = createEndings();
  const accounts = openAccounts(host, { events, endings });
  const credentials = openCredentials(host, { accounts, passwords: hashing.passwords, events });
  const secrets = openSecrets(host);
  const opened = openSessions(host, settings.sessions, {
    accounts,
    keys: signingKeys,
    events,
    endings,
    secrets,
  });
  const password = createPasswordFactor({ accounts, credentials, limits });
  const byLink = { accounts, credentials, secrets, limits, mail, quota, linkTo };
  const verification = createVerification({ ...byLink, policy: settings.verification.policy });
  const signIn = createSignIn({ sessions: opened.starts, verification });
  const registrations = openRegistrations(host, settings.registration, {
    accounts,
    credentials,
    limits,
    signIn,
    verification,
  });
  const recovery = createRecovery(byLink);
  const emailChange = createEmailChange(byLink);
  const mailWorker = mailing.openWorker({
    passwordRecovery: decideRecovery(byLink),
    verifyAddress: decideVerification(byLink),
  });
  const notices = openNotices(host, { mail, enabled: mailing.hasNotices });
  notices.listen(events);
  return {
    mailWorker,
    accounts,
    credentials,
    secrets,
    sessions: opened.sessions,
    blacklistState: opened.blacklistState,
    password,
    verification,
    signIn,
    registrations,
    recovery,
    emailChange,
    parts: [
      secrets,
      opened.sessions,
      { close: opened.close },
      { start: mailWorker.start, close: mailWorker.stop },
    ],
  };
}
