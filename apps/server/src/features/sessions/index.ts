import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import {
  oneOf,
  positiveNumber,
  type Setting,
  type ValuesOf,
  wholeMs,
  wholeNumber,
} from "../../settings/setting.js";
import type { Accounts, Endings } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import type { Keys } from "../signing-keys/service.js";
import { createTokens } from "../tokens/service.js";
import type { BlacklistState } from "./blacklist.js";
import { redisBlacklist } from "./blacklist.redis.js";
import { createCountEvent } from "./count.js";
import { createSessionEnds } from "./ends.js";
import type { Lifetimes } from "./lifetimes.js";
import { createSeenSessions } from "./seen.js";
import { createSessions, type SessionServices } from "./service.js";
import type { SessionStore } from "./store.js";
import { postgresSessionStore } from "./store.postgres.js";
import { sqliteSessionStore } from "./store.sqlite.js";

const DAY_MINUTES = 24 * 60;

export const sessionSettings = {
  accessMinutes: {
    name: "ACCESS_TOKEN_MINUTES",
    meaning:
      "Access lifetime of tokens from the users surface and from refreshes, in minutes; fractions allowed.",
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
    meaning: "For how many minutes after its issue a token can be exchanged, even if it has expired.",
    fallback: "10080",
    parse: positiveNumber({ max: 5_256_000 }),
  },
  sessionMaxDays: {
    name: "SESSION_MAX_DAYS",
    meaning: "The maximum lifetime of a session, in days.",
    fallback: "30",
    parse: positiveNumber({ max: 3650 }),
  },
  sessionIdleMinutes: {
    name: "SESSION_IDLE_MINUTES",
    meaning:
      "After how many minutes without a request a session ends; detected up to a fifth of that time " +
      "later, at most two minutes.",
    absent: "none: idle sessions are not ended",
    parse: positiveNumber({ max: 5_256_000 }),
  } satisfies Setting<number>,
  perUser: {
    name: "SESSIONS_PER_USER",
    meaning:
      "How many sessions an account may have; one more ends the session that was seen the longest ago.",
    fallback: "100",
    parse: wholeNumber({ min: 1, max: 1000 }),
  },
  graceSeconds: {
    name: "REFRESH_GRACE_SECONDS",
    meaning:
      "For how many seconds an exchange without an idempotency key may be repeated and returns the same " +
      "successor, in a session that has never used a key; `0` allows no repetition.",
    fallback: "10",
    parse: wholeNumber({ min: 0, max: 60 }),
  },
  reuse: {
    name: "REFRESH_REUSE",
    meaning:
      "What happens if an exchanged token is presented again when 10 s and `REFRESH_GRACE_SECONDS` are over, " +
      "in a session that has never used a key: `refuse` only refuses it, `end-session` also ends the session.",
    fallback: "refuse",
    parse: oneOf("refuse", "end-session"),
  },
} as const;

/** The lifetimes that result from the settings. */
export function readLifetimes(settings: ValuesOf<typeof sessionSettings>): Lifetimes {
  return {
    accessMs: wholeMs(settings.accessMinutes),
    authMs: wholeMs(settings.authMinutes),
    refreshWindowMs: wholeMs(settings.refreshWindowMinutes),
    sessionMs: wholeMs(settings.sessionMaxDays * DAY_MINUTES),
    idleMs: wholeMs(settings.sessionIdleMinutes ?? Number.POSITIVE_INFINITY),
  };
}

interface Services {
  readonly accounts: Accounts;
  readonly keys: Keys;
  /** The public address; `undefined` if it is not set. */
  readonly issuer: string | undefined;
  readonly events: Pick<Events, "of">;
  readonly endings: Pick<Endings, "add">;
  readonly links: Pick<MailedLinks, "endingOfSessions">;
}

export interface SessionsFeature extends SessionServices {
  /** Absent if Redis is not set. */
  readonly blacklistState: (() => BlacklistState) | undefined;
  /** Writes down what is known only in memory. */
  close(): Promise<void>;
}

export function openSessionStore(database: Database): SessionStore {
  return database.storeOf({ sqlite: sqliteSessionStore, postgres: postgresSessionStore });
}

export function openSessions(
  { database, redis, clock, log, metrics }: Host,
  settings: ValuesOf<typeof sessionSettings>,
  { accounts, keys, issuer, events, endings, links }: Services,
): SessionsFeature {
  const store = openSessionStore(database);
  const blacklist = redis && redisBlacklist({ redis, store, clock, log });
  const lifetimes = readLifetimes(settings);
  const seen = createSeenSessions({ store, log, idleMs: lifetimes.idleMs });
  const countEvent = createCountEvent(metrics);
  const services = createSessions({
    store,
    seen,
    perUser: settings.perUser,
    blacklist,
    accounts,
    tokens: createTokens({ keys, clock, issuer }),
    clock,
    log,
    countEvent,
    events,
    ends: createSessionEnds({ events, links, blacklist, countEvent }),
    endings,
    lifetimes,
    reuse: { graceMs: settings.graceSeconds * 1000, strict: settings.reuse === "end-session" },
  });
  return { ...services, blacklistState: blacklist?.state, close: seen.close };
}
