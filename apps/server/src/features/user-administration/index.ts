import type { Host } from "../../host.js";
import { createUserAdministration, type UserAdministration, type UserAdministrationDeps } from "./service.js";
import { sqliteUserDirectory } from "./store.sqlite.js";

export function openUserAdministration(
  { sqlite }: Host,
  services: Omit<UserAdministrationDeps, "directory">,
): UserAdministration {
  return createUserAdministration({ directory: sqliteUserDirectory(sqlite), ...services });
}
