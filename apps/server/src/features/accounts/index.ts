import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { countOldKeys, type KeyRenewal, renewKeys, renewOldKeys } from "./keys.js";
import { type Accounts, type ChangeDeps, createAccounts } from "./service.js";
import type { AccountStore } from "./store.js";
import { postgresAccountStore } from "./store.postgres.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export function openAccountStore(database: Database): AccountStore {
  return database.storeOf({ sqlite: sqliteAccountStore, postgres: postgresAccountStore });
}

/** Brings the keys of all accounts into their present form: called before anything looks for an account. */
export function renewAccountKeys({ database, log }: Host): Promise<void> {
  return renewOldKeys(openAccountStore(database), log);
}

/** The same for those that could not be renewed then, where another account's key has become free. */
export function renewRemainingKeys({ database }: Pick<Host, "database">): Promise<KeyRenewal> {
  return renewKeys(openAccountStore(database));
}

/**
 * How many accounts have another account's address in another spelling; `undefined` if that was never
 * checked.
 */
export function countDuplicates(database: Database): Promise<number | undefined> {
  return countOldKeys(openAccountStore(database));
}

export function openAccounts(
  { database, clock }: Host,
  deps: Pick<ChangeDeps, "events" | "endings">,
): Accounts {
  return createAccounts({ store: openAccountStore(database), clock, ...deps });
}
