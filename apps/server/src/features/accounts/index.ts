import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { type Accounts, type ChangeDeps, createAccounts } from "./service.js";
import type { AccountStore } from "./store.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export function openAccountStore(database: Database): AccountStore {
  return database.storeOf({ sqlite: sqliteAccountStore });
}

export function openAccounts(
  { database, clock }: Host,
  deps: Pick<ChangeDeps, "events" | "endings">,
): Accounts {
  return createAccounts({ store: openAccountStore(database), clock, ...deps });
}
