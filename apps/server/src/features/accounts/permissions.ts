import { PERMISSIONS, type Permission } from "@latchkey/contracts/kit/permission";
import type { Account, Role } from "./store.js";

const BY_ROLE: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  user: new Set(["account"]),
  admin: new Set(PERMISSIONS),
};

/** What an account may do by its role. */
export function permissionsOf({ role }: Pick<Account, "role">): ReadonlySet<Permission> {
  return BY_ROLE[role];
}
