import { fileURLToPath } from "node:url";
import type { Database } from "./database/database.js";
import { engineOf } from "./database/engines.js";
import { openDatabase } from "./database/move/open.js";
import type { OlderTables } from "./database/older.js";
import { postgresSettings } from "./database/postgres/settings.js";
import { sqliteSettings } from "./database/sqlite/settings.js";
import { oneOf, type Setting, type ValuesOf } from "./settings/setting.js";
import { type Clock, systemClock } from "./world/clock.js";
import type { Log } from "./world/log.js";
import type { Metrics } from "./world/metrics.js";
import { openRedis, type RedisClient } from "./world/redis.js";
import { parseRedisUrl } from "./world/redis-url.js";
import { createSeal, parseSealKeys, readSealKeys, type Seal } from "./world/seal.js";

/** The outside world as features see it. Tests bring their own clock and log. */
export interface Host {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  /** Absent unless `REDIS_URL` is set. */
  readonly redis: RedisClient | undefined;
  /** Absent if metrics are off. */
  readonly metrics: Metrics | undefined;
  readonly seal: Seal;
  close(): Promise<void>;
}

export const hostSettings = {
  databaseUrl: {
    name: "DATABASE_URL",
    meaning:
      "Where users, sessions and keys are stored: the path or `file:` URL of a SQLite file, or the `postgres://` " +
      "URL of a PostgreSQL database. Any host but this machine's own needs `?sslmode=verify-full`, or " +
      "`?sslmode=disable` in a network that you trust.",
    fallback: "data/latchkey.db",
    parse: (value: string) => engineOf(value).parseUrl(value),
  },
  ...sqliteSettings,
  ...postgresSettings,
  redisUrl: {
    name: "REDIS_URL",
    meaning:
      "Also keeps the blacklist of revoked tokens in Redis: `redis://` or `rediss://`. Several servers: " +
      "`redis-sentinel://host,host/primary` or `redis-cluster://host,host`, and `rediss-…` with TLS.",
    absent: "none: the database is enough",
    parse: parseRedisUrl,
  } satisfies Setting<string>,
  sealKeys: {
    name: "SEAL_KEY",
    meaning:
      "Seals the secrets of authenticator apps in the database, so that its file alone does not give them away: 32 " +
      "bytes in Base64 or hex, from `openssl rand -base64 32`. Of several keys, separated by commas, the first seals " +
      "and all open.",
    absent: "none: they are stored as they are",
    secret: true,
    parse: parseSealKeys,
  },
  sealKeysOfFile: {
    name: "SEAL_KEY_FILE",
    meaning: "The same keys in a file, one on each line.",
    absent: "none",
    parse: readSealKeys,
  },
  logLevel: {
    name: "LOG_LEVEL",
    meaning: "The lowest level that is logged.",
    fallback: "info",
    parse: oneOf("silent", "fatal", "error", "warn", "info", "debug", "trace"),
  },
} as const;

/**
 * The folder of drizzle-kit's migrations, with a subfolder for each engine: next to both `src/` and `dist/`.
 */
export const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));

export interface HostOptions {
  readonly clock?: Clock;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** What to do if the database is of an older version: a server upgrades it, which is the default. */
  readonly olderTables?: OlderTables;
  /** Whether the database reserves space for a full disk. */
  readonly keepsRoom?: boolean;
  /** Told where the store is if it has moved; absent: that is logged. */
  readonly onMoved?: ((sentence: string) => void) | undefined;
}

/** The seal under the keys of the settings. */
export function sealOf({ sealKeys, sealKeysOfFile }: ValuesOf<typeof hostSettings>): Seal {
  return createSeal(sealKeys ?? sealKeysOfFile ?? []);
}

/** Opens the database, and Redis if it is set. An unreachable Redis delays nothing. */
export async function openHost(settings: ValuesOf<typeof hostSettings>, options: HostOptions): Promise<Host> {
  const { log } = options;
  const { databaseUrl: url, synchronous, pool, pooler } = settings;
  const database = await openDatabase({
    url,
    migrations: MIGRATIONS,
    olderTables: options.olderTables ?? "upgrade",
    synchronous,
    pool,
    pooler,
    metrics: options.metrics,
    keepsRoom: options.keepsRoom ?? false,
    onLost: (sentence) => {
      if (sentence === undefined) log("warn", "the database's files are back");
      else log("error", sentence);
    },
    onConnected: ({ most, allowed }) => {
      if (options.keepsRoom) log("info", "database connected", { connections: most, allowed });
    },
    onMoved: options.onMoved ?? ((sentence) => log("warn", sentence)),
  });
  const redis = settings.redisUrl === undefined ? undefined : await openRedis(settings.redisUrl, log);
  redis?.connect().catch((error) => log("warn", "redis unreachable, continuing without it", { error }));
  return {
    clock: options.clock ?? systemClock,
    log,
    database,
    redis,
    metrics: options.metrics,
    seal: sealOf(settings),
    async close() {
      redis?.disconnect();
      await database.close();
    },
  };
}
