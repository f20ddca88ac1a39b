import type { Host } from "../../host.js";
import { oneOf, positiveNumber, type ValuesOf } from "../../setting.js";
import type { Accounts } from "../accounts/service.js";
import type { Keys } from "../keys/service.js";
import type { BlacklistState } from "./blacklist.js";
import { redisBlacklist } from "./blacklist.redis.js";
import { createCountEvent } from "./events.js";
import type { Lifetimes } from "./lifetimes.js";
import { createSessions, type Sessions } from "./service.js";
import { sqliteSessionStore } from "./store.sqlite.js";
import { createTokens } from "./token.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const sessionSettings = {
  accessMinutes: {
    name: "ACCESS_TOKEN_MINUTES",
    meaning:
      "Access lifetime of tokens from the users surface and from refresh, in minutes; fractions allowed.",
    fallback: "180",
    parse: positiveNumber({ max: 525_600 }),
  },
  authMinutes: {
    name: "AUTH_TOKEN_MINUTES",
    meaning: "Access lifetime of tokens from the auth surface, in minutes; fractions allowed.",
    fallback: "1440",
    parse: positiveNumber({ max: 525_600 }),
  },
  refreshWindowMinutes: {
    name: "REFRESH_WINDOW_MINUTES",
    meaning: "How many minutes since its issue a token can be exchanged, also an expired one.",
    fallback: "10080",
    parse: positiveNumber({ max: 5_256_000 }),
  },
  sessionMaxDays: {
    name: "SESSION_MAX_DAYS",
    meaning: "How many days a session lives in all.",
    fallback: "30",
    parse: positiveNumber({ max: 3650 }),
  },
  reuse: {
    name: "REFRESH_REUSE",
    meaning:
      "What happens when an exchanged token comes again after 10 s in a session that never used idempotency keys: " +
      "`refuse` it, or `end-session` as well.",
    fallback: "refuse",
    parse: oneOf("refuse", "end-session"),
  },
} as const;

/** The lifetimes that the settings mean. */
export function readLifetimes(settings: ValuesOf<typeof sessionSettings>): Lifetimes {
  return {
    accessMs: settings.accessMinutes * MINUTE_MS,
    authMs: settings.authMinutes * MINUTE_MS,
    refreshWindowMs: settings.refreshWindowMinutes * MINUTE_MS,
    sessionMs: settings.sessionMaxDays * DAY_MS,
  };
}

export interface SessionsFeature {
  readonly sessions: Sessions;
  /** Absent where no Redis is set. */
  readonly blacklistState: (() => BlacklistState) | undefined;
}

export function openSessions(
  { sqlite, redis, clock, log, metrics }: Host,
  settings: ValuesOf<typeof sessionSettings>,
  { accounts, keys }: { readonly accounts: Accounts; readonly keys: Keys },
): SessionsFeature {
  const store = sqliteSessionStore(sqlite);
  const blacklist = redis && redisBlacklist({ redis, store, clock, log });
  const lifetimes = readLifetimes(settings);
  const strict = settings.reuse === "end-session";
  const sessions = createSessions({
    store,
    blacklist,
    accounts,
    tokens: createTokens(keys),
    clock,
    log,
    countEvent: createCountEvent(metrics),
    lifetimes,
    strict,
  });
  return { sessions, blacklistState: blacklist?.state };
}
