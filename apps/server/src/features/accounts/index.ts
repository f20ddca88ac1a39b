import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { positiveNumber, type ValuesOf, wholeNumber } from "../../settings/setting.js";
import { type AccountDeps, type Accounts, createAccounts } from "./service.js";
import type { AccountStore } from "./store.js";
import { sqliteAccountStore } from "./store.sqlite.js";

export const accountSettings = {
  registrationsPerNetwork: {
    name: "REGISTRATIONS_PER_NETWORK",
    meaning:
      "How many accounts are registered from one network (IPv6: /64) within `REGISTRATION_WINDOW_MINUTES`: each costs a hash.",
    fallback: "3000",
    parse: wholeNumber({ min: 1, max: 1_000_000_000 }),
  },
  registrationWindowMinutes: {
    name: "REGISTRATION_WINDOW_MINUTES",
    meaning: "For how many minutes registrations are counted; fractions allowed.",
    fallback: "60",
    parse: positiveNumber({ max: 525_600 }),
  },
} as const;

export function openAccountStore(database: Database): AccountStore {
  return database.storeOf({ sqlite: sqliteAccountStore });
}

export function openAccounts(
  { database, clock }: Host,
  settings: ValuesOf<typeof accountSettings>,
  services: Pick<AccountDeps, "passwords" | "limits" | "notices">,
): Accounts {
  const { registrationsPerNetwork: limit, registrationWindowMinutes } = settings;
  const registrations = { of: "registrations", limit, windowMs: registrationWindowMinutes * 60_000 };
  return createAccounts({ store: openAccountStore(database), clock, registrations, ...services });
}
