import type { Host } from "../../host.js";
import { createUserAdministration, type UserAdministration, type UserAdministrationDeps } from "./service.js";
import { sqliteUserDirectory } from "./store.sqlite.js";

export function openUserAdministration(
  { database }: Host,
  services: Omit<UserAdministrationDeps, "directory">,
): UserAdministration {
  const directory = database.storeOf({ sqlite: sqliteUserDirectory });
  return createUserAdministration({ directory, ...services });
}
