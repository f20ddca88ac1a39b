import { createOwnAccount } from "../features/own-account/service.js";
import { openTransfers } from "../features/transfers/index.js";
import { openUserAdministration } from "../features/user-administration/index.js";
import type { Host } from "../host.js";
import { adminAuditSurface } from "../surfaces/admin/audit.js";
import { adminMailSurface } from "../surfaces/admin/mail.js";
import { adminUsersSurface } from "../surfaces/admin/users.js";
import { authSurface } from "../surfaces/frozen/auth.js";
import { usersSurface } from "../surfaces/frozen/users.js";
import { accountSurface } from "../surfaces/v1/account.js";
import { emailSurface } from "../surfaces/v1/email.js";
import { passwordsSurface } from "../surfaces/v1/passwords.js";
import { recoverySurface } from "../surfaces/v1/recovery.js";
import { sessionsSurface } from "../surfaces/v1/sessions.js";
import { verificationSurface } from "../surfaces/v1/verification.js";
import type { Foundation } from "./foundation.js";
import type { Identity } from "./identity.js";
import type { Parts } from "./parts.js";

/** What users and operators do with accounts, and the surface of each contract, by its namespace. */
export function openOutward(host: Host, foundation: Foundation, identity: Identity) {
  const below = { ...foundation, ...identity, clock: host.clock };
  const ownAccount = createOwnAccount(below);
  const userAdministration = openUserAdministration(host, identity);
  const transfers = openTransfers(host, { passwords: foundation.hashing.passwords });
  const surfaces = {
    users: usersSurface(identity),
    auth: authSurface(identity),
    recovery: recoverySurface(identity),
    verification: verificationSurface(identity),
    email: emailSurface(identity),
    account: accountSurface({ ownAccount }),
    sessions: sessionsSurface(identity),
    passwords: passwordsSurface(),
    adminMail: adminMailSurface(foundation),
    adminAudit: adminAuditSurface(foundation),
    adminUsers: adminUsersSurface(userAdministration),
  };
  // A feature with a surface of its own is one line here: served("things", thingsSurface, openThings(host,
  // below)).
  const parts: readonly Parts[] = [transfers, { surfaces }];
  return { ownAccount, userAdministration, transfers, parts };
}
