import { together } from "../database/change.js";
import { openAccounts } from "../features/accounts/index.js";
import { accountDeleted, createEndings } from "../features/accounts/service.js";
import { openCredentials } from "../features/credentials/index.js";
import { notifyOfPasswordChange } from "../features/credentials/letters.js";
import { openEmailCodes } from "../features/factors/email-code/index.js";
import { createPasswordFactor } from "../features/factors/password/service.js";
import { createFactors } from "../features/factors/service.js";
import { openTrustedDevices } from "../features/factors/trusted-devices/index.js";
import { openMailedLinks } from "../features/mailed-links/index.js";
import { createOwnership } from "../features/ownership/service.js";
import { openRegistrations } from "../features/registration/index.js";
import { openRevocationFeed } from "../features/revocation-feed/index.js";
import { openSessions, readLifetimes } from "../features/sessions/index.js";
import { notifyOfTheft } from "../features/sessions/letters.js";
import { openSignIn } from "../features/sign-in/index.js";
import { notifyOfNewDevice } from "../features/sign-in/letters.js";
import { openVerification } from "../features/verification/index.js";
import type { Host } from "../host.js";
import { openCodes, openPasskeyFactor } from "./factors.js";
import type { Foundation } from "./foundation.js";
import type { AppSettings } from "./settings.js";

export type Identity = ReturnType<typeof openIdentity>;

/**
 * Accounts, how users prove that they own one, and who is let in: accounts, credentials, sessions, factors,
 * sign-in, and what leads to it.
 */
export function openIdentity(host: Host, settings: AppSettings, foundation: Foundation) {
  const { events, limits, places, signingKeys, mailing, hashing } = foundation;
  const { mail, quota, linkTo } = mailing;
  const endings = createEndings();
  const accounts = openAccounts(host, { events, endings });
  events.on(accountDeleted, ({ account }) =>
    together(mail.forgetting(account), places.forgetting(account.uuid)),
  );
  const credentials = openCredentials(host, { accounts, passwords: hashing.passwords, events });
  const links = openMailedLinks(host, { accounts, limits, linkTo, events });
  const opened = openSessions(host, settings.sessions, {
    accounts,
    keys: signingKeys,
    issuer: settings.tokens.publicUrl,
    events,
    endings,
    links,
  });
  const { accessMs, authMs } = readLifetimes(settings.sessions);
  const feed = openRevocationFeed(host, settings.revocationFeed, {
    longestMs: Math.max(accessMs, authMs),
    connections: settings.http.connections,
  });
  const password = createPasswordFactor({ accounts, credentials, limits });
  const factors = createFactors({ accounts, events, policy: settings.factors.policy });
  const codes = openCodes(host, settings, { events, mailing, factors });
  const keyed = openPasskeyFactor(host, settings, { ...foundation, accounts, factors });
  const { policy } = settings.verification;
  const ownership = createOwnership({ sessions: opened.sessions, places });
  const trustedDevices = openTrustedDevices(host, settings.trustedDevices, { endings });
  const emailCodes = openEmailCodes(host, settings.emailCodes, {
    accounts,
    credentials,
    ownership,
    places,
    limits,
    mail,
    quota,
    linkTo,
  });
  const verifying = openVerification({
    policy,
    accounts,
    credentials,
    ownership,
    places,
    links,
    mail,
    quota,
  });
  const { verification } = verifying;
  const newDevice = notifyOfNewDevice(events, mail, host.clock);
  const signIn = openSignIn(host, {
    accounts,
    sessions: opened.starts,
    verification,
    notices: newDevice,
    factors,
    secondFactors: [...codes.secondFactors, keyed.passkeys.factor, emailCodes.emailFactor],
    trust: trustedDevices,
    limits,
    places,
  });
  const registrations = openRegistrations(host, settings.registration, {
    accounts,
    credentials,
    limits,
    places,
    signIn,
    verification,
  });
  return {
    accounts,
    endings,
    credentials,
    links,
    sessions: opened.sessions,
    blacklistState: opened.blacklistState,
    password,
    factors,
    totp: codes.totp,
    recoveryCodes: codes.recoveryCodes,
    passkeys: keyed.passkeys,
    trustedDevices,
    emailSignIn: emailCodes.emailSignIn,
    emailFactor: emailCodes.emailFactor,
    ownership,
    verification,
    signIn,
    registrations,
    parts: [
      links,
      opened.sessions,
      { close: opened.close },
      feed,
      verifying,
      notifyOfPasswordChange(events, mail, host.clock),
      notifyOfTheft(events, mail, host.clock),
      newDevice,
      signIn,
      ...codes.parts,
      keyed,
      emailCodes,
      trustedDevices,
    ],
  };
}
