import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { positiveNumber, type ValuesOf, wholeMs, wholeNumber } from "../../settings/setting.js";
import { createLimits, type LimitDeps, type Limits } from "./service.js";
import type { LimitStore } from "./store.js";
import { postgresLimitStore } from "./store.postgres.js";
import { sqliteLimitStore } from "./store.sqlite.js";

const count = wholeNumber({ min: 1, max: 1_000_000_000 });

export const limitSettings = {
  windowMinutes: {
    name: "GUESS_WINDOW_MINUTES",
    meaning: "For how many minutes wrong passwords are counted; fractions allowed.",
    fallback: "15",
    parse: positiveNumber({ max: 525_600 }),
  },
  perAccountAndNetwork: {
    name: "GUESSES_PER_ACCOUNT_AND_NETWORK",
    meaning:
      "How many wrong passwords for one account are allowed from one network (IPv6: /64) in that time; its " +
      "username and its address are counted separately.",
    fallback: "30",
    parse: count,
  },
  perDevice: {
    name: "GUESSES_PER_DEVICE",
    meaning:
      "How many wrong passwords for one account are allowed from a device (`Latchkey-Device`) on which " +
      "its owner has signed in; no other limit applies there.",
    fallback: "30",
    parse: count,
  },
  perAccount: {
    name: "GUESSES_PER_ACCOUNT",
    meaning:
      "How many wrong passwords for one account are allowed from all networks together; its username and its " +
      "address are counted separately, and networks from which its owner has signed in are exempt.",
    fallback: "60",
    parse: count,
  },
  perNetwork: {
    name: "GUESSES_PER_NETWORK",
    meaning:
      "How many wrong passwords for all accounts together are allowed from one network, and separately how " +
      "many answers that reveal a taken name; an IPv6 /48 is allowed eight times as many.",
    fallback: "300",
    parse: count,
  },
  changesPerAccount: {
    name: "CHANGES_PER_ACCOUNT",
    meaning:
      "How often a signed-in user may do the same thing to their account in an hour: change the profile, the " +
      "password or the address, end the other sessions, download the data, add a passkey.",
    fallback: "100",
    parse: count,
  },
} as const;

export function openLimitStore(database: Database): LimitStore {
  return database.storeOf({ sqlite: sqliteLimitStore, postgres: postgresLimitStore });
}

export function openLimits(
  { database, clock, log }: Host,
  settings: ValuesOf<typeof limitSettings>,
  services: Pick<LimitDeps, "places">,
): Limits {
  const { windowMinutes, changesPerAccount, ...bounds } = settings;
  const store = openLimitStore(database);
  return createLimits({
    ...services,
    store,
    clock,
    log,
    changesPerAccount,
    bounds: { ...bounds, windowMs: wholeMs(windowMinutes) },
  });
}
