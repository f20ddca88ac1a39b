import type { Host } from "../../host.js";
import type { Passwords } from "../passwords/service.js";
import { type Accounts, createAccounts } from "./service.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export function openAccounts({ sqlite, clock }: Host, passwords: Passwords): Accounts {
  return createAccounts({ store: sqliteAccountStore(sqlite), passwords, clock });
}
