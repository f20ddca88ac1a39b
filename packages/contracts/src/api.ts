import { adminAudit } from "./admin/audit.js";
import { adminInvitations } from "./admin/invitations.js";
import { adminMail } from "./admin/mail.js";
import { adminUsers } from "./admin/users.js";
import { auth } from "./surfaces/auth.js";
import { users } from "./surfaces/users.js";
import { account } from "./v1/account.js";
import { email } from "./v1/email.js";
import { emailCode } from "./v1/email-code.js";
import { factors, recoveryCodes, totp } from "./v1/factors.js";
import { invitations } from "./v1/invitations.js";
import { passkeys } from "./v1/passkeys.js";
import { passwords } from "./v1/passwords.js";
import { recovery } from "./v1/recovery.js";
import { sessions } from "./v1/sessions.js";
import { signIn } from "./v1/sign-in.js";
import { trustedDevices } from "./v1/trusted-devices.js";
import { verification } from "./v1/verification.js";

/** Every contract, by its namespace in tRPC and the client. This is the package's only list of them. */
export const api = {
  users,
  auth,
  signIn,
  account,
  sessions,
  emailCode,
  trustedDevices,
  recovery,
  verification,
  email,
  factors,
  totp,
  recoveryCodes,
  invitations,
  passwords,
  passkeys,
  adminUsers,
  adminInvitations,
  adminAudit,
  adminMail,
} as const;
