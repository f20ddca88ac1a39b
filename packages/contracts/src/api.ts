import { account } from "./account.js";
import { adminAudit } from "./admin-audit.js";
import { adminUsers } from "./admin-users.js";
import { auth } from "./auth.js";
import { passwords } from "./passwords.js";
import { sessions } from "./sessions.js";
import { users } from "./users.js";

/** Every contract, by the namespace under which tRPC and the client know it. The one list of this package. */
export const api = { users, auth, account, sessions, passwords, adminUsers, adminAudit } as const;
