import { account } from "./account.js";
import { adminAudit } from "./admin-audit.js";
import { adminMail } from "./admin-mail.js";
import { adminUsers } from "./admin-users.js";
import { auth } from "./auth.js";
import { email } from "./email-change.js";
import { passwords } from "./passwords.js";
import { recovery } from "./recovery.js";
import { sessions } from "./sessions.js";
import { users } from "./users.js";
import { verification } from "./verification.js";

/** Every contract, by its namespace in tRPC and the client. This is the package's only list of them. */
export const api = {
  users,
  auth,
  account,
  sessions,
  recovery,
  verification,
  email,
  passwords,
  adminUsers,
  adminAudit,
  adminMail,
} as const;
