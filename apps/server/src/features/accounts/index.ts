import type { Host } from "../../host.js";
import { type AccountDeps, type Accounts, createAccounts } from "./service.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export function openAccounts(
  { sqlite, clock }: Host,
  services: Pick<AccountDeps, "passwords" | "limits">,
): Accounts {
  return createAccounts({ store: sqliteAccountStore(sqlite), clock, ...services });
}
