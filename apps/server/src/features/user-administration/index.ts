import type { Host } from "../../host.js";
import { type AdminUserDeps, type AdminUsers, createAdminUsers } from "./service.js";
import { sqliteUserDirectory } from "./store.sqlite.js";

export function openAdminUsers({ sqlite }: Host, services: Omit<AdminUserDeps, "directory">): AdminUsers {
  return createAdminUsers({ directory: sqliteUserDirectory(sqlite), ...services });
}
