import type { Host } from "../../host.js";
import { type Accounts, type ChangeDeps, createAccounts } from "./service.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export function openAccounts(
  { sqlite, clock }: Host,
  deps: Pick<ChangeDeps, "events" | "endings">,
): Accounts {
  return createAccounts({ store: sqliteAccountStore(sqlite), clock, ...deps });
}
