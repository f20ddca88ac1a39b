import type { Database } from "../../../database/database.js";
import type { Host } from "../../../host.js";
import { createRecoveryCodes, type RecoveryCodeDeps, type RecoveryCodes } from "./service.js";
import type { RecoveryCodeStore } from "./store.js";
import { postgresRecoveryCodeStore } from "./store.postgres.js";
import { sqliteRecoveryCodeStore } from "./store.sqlite.js";

export function openRecoveryCodeStore(database: Database): RecoveryCodeStore {
  return database.storeOf({ sqlite: sqliteRecoveryCodeStore, postgres: postgresRecoveryCodeStore });
}

export function openRecoveryCodes(
  { database, clock }: Host,
  services: Pick<RecoveryCodeDeps, "events">,
): RecoveryCodes {
  return createRecoveryCodes({ store: openRecoveryCodeStore(database), clock, ...services });
}
