import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { createUserAdministration, type UserAdministration, type UserAdministrationDeps } from "./service.js";
import type { UserDirectory } from "./store.js";
import { postgresUserDirectory } from "./store.postgres.js";
import { sqliteUserDirectory } from "./store.sqlite.js";

export function openUserDirectory(database: Database): UserDirectory {
  return database.storeOf({ sqlite: sqliteUserDirectory, postgres: postgresUserDirectory });
}

export function openUserAdministration(
  { database }: Host,
  services: Omit<UserAdministrationDeps, "directory">,
): UserAdministration {
  const directory = openUserDirectory(database);
  return createUserAdministration({ directory, ...services });
}
