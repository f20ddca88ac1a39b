import type { Host } from "../../host.js";
import { type AdminUserDeps, type AdminUsers, createAdminUsers } from "./service.js";
import { sqliteUserDirectory } from "./store.sqlite.js";

export function openAdminUsers({ database }: Host, services: Omit<AdminUserDeps, "directory">): AdminUsers {
  return createAdminUsers({ directory: database.storeOf({ sqlite: sqliteUserDirectory }), ...services });
}
