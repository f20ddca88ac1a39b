import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import type { Passwords } from "../credentials/service.js";
import { createTransfers, type Transfers } from "./service.js";
import type { TransferStore } from "./store.js";
import { postgresTransferStore } from "./store.postgres.js";
import { sqliteTransferStore } from "./store.sqlite.js";

export function openTransferStore(database: Database): TransferStore {
  return database.storeOf({ sqlite: sqliteTransferStore, postgres: postgresTransferStore });
}

export function openTransfers(
  { database, clock, seal }: Host,
  services: { readonly passwords: Pick<Passwords, "judge"> },
): Transfers {
  return createTransfers({ store: openTransferStore(database), clock, seal, ...services });
}
