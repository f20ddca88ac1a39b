import { openEmailChange } from "../features/email-change/index.js";
import { openInvitations } from "../features/invitations/index.js";
import { createOwnAccount } from "../features/own-account/service.js";
import { openRecovery } from "../features/recovery/index.js";
import { openTransfers } from "../features/transfers/index.js";
import { openUserAdministration } from "../features/user-administration/index.js";
import type { Host } from "../host.js";
import { adminAuditSurface } from "../surfaces/admin/audit.js";
import { adminInvitationsSurface } from "../surfaces/admin/invitations.js";
import { adminMailSurface } from "../surfaces/admin/mail.js";
import { adminUsersSurface } from "../surfaces/admin/users.js";
import { authSurface } from "../surfaces/frozen/auth.js";
import { usersSurface } from "../surfaces/frozen/users.js";
import { accountSurface } from "../surfaces/v1/account.js";
import { emailSurface } from "../surfaces/v1/email.js";
import { emailCodeSurface } from "../surfaces/v1/email-code.js";
import { factorsSurface, recoveryCodesSurface, totpSurface } from "../surfaces/v1/factors.js";
import { invitationsSurface } from "../surfaces/v1/invitations.js";
import { passkeysSurface } from "../surfaces/v1/passkeys.js";
import { passwordsSurface } from "../surfaces/v1/passwords.js";
import { recoverySurface } from "../surfaces/v1/recovery.js";
import { sessionsSurface } from "../surfaces/v1/sessions.js";
import { signInSurface } from "../surfaces/v1/sign-in.js";
import { trustedDevicesSurface } from "../surfaces/v1/trusted-devices.js";
import { verificationSurface } from "../surfaces/v1/verification.js";
import type { Foundation } from "./foundation.js";
import type { Identity } from "./identity.js";
import { type Parts, served } from "./parts.js";
import type { AppSettings } from "./settings.js";

/** What users and operators do with accounts, and the surface of each contract, by its namespace. */
export function openOutward(host: Host, settings: AppSettings, foundation: Foundation, identity: Identity) {
  const { quota, linkTo } = foundation.mailing;
  /** Everything that a feature up here may use. */
  const below = { ...foundation, ...identity, quota, linkTo, clock: host.clock };
  const ownAccount = createOwnAccount(below);
  const userAdministration = openUserAdministration(host, identity);
  const transfers = openTransfers(host, { passwords: foundation.hashing.passwords });
  const inviting = openInvitations(host, settings.invitations, below);
  const surfaces = {
    users: usersSurface(identity),
    auth: authSurface(identity),
    signIn: signInSurface(identity),
    emailCode: emailCodeSurface(identity),
    trustedDevices: trustedDevicesSurface(identity),
    verification: verificationSurface(identity),
    account: accountSurface({ ownAccount }),
    factors: factorsSurface(below),
    totp: totpSurface(below),
    recoveryCodes: recoveryCodesSurface(below),
    sessions: sessionsSurface({ ...identity, ownAccount }),
    passwords: passwordsSurface(foundation),
    passkeys: passkeysSurface(identity),
    adminMail: adminMailSurface(foundation),
    adminAudit: adminAuditSurface(foundation),
    adminUsers: adminUsersSurface(userAdministration),
    adminInvitations: adminInvitationsSurface(inviting),
    invitations: invitationsSurface(inviting),
  };
  const parts: readonly Parts[] = [
    transfers,
    inviting,
    { surfaces },
    // A feature with a surface of its own is one line.
    served("recovery", recoverySurface, openRecovery(below)),
    served("email", emailSurface, openEmailChange(host, below)),
  ];
  return { ownAccount, userAdministration, transfers, invitations: inviting.invitations, parts };
}
