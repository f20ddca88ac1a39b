import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type App, createApp } from "../../apps/server/src/app.js";
import { isPostgresUrl } from "../../apps/server/src/database/postgres/url.js";
import { openHasher } from "../../apps/server/src/features/credentials/hasher.js";
import { type Host, openHost } from "../../apps/server/src/host.js";
import { listenForOperator } from "../../apps/server/src/process/manage.js";
import { readSettings } from "../../apps/server/src/settings/read.js";
import { declaredSettings, judgeSettings } from "../../apps/server/src/wiring/settings.js";
import { openLog } from "../../apps/server/src/world/log.js";
import { openMetrics } from "../../apps/server/src/world/metrics.js";
import { pooled } from "./pooled.js";
import { createMigrated, dropDatabase } from "./postgres.js";
import { isOnSqlite } from "./rows.js";

// Held as long as this process lives, so that no server has to start its own threads.
await openHasher();

/** Hashes cost next to nothing in tests that are not about their cost. */
export const CHEAP_HASHES = { ARGON2_MEMORY_KIB: "512", ARGON2_TIME_COST: "1" };

/** A clock that is frozen until it is moved. */
export interface TestClock {
  nowMs(): number;
  advance(by: {
    readonly ms?: number;
    readonly seconds?: number;
    readonly minutes?: number;
    readonly days?: number;
  }): void;
}

export function frozenClock(startMs = Date.UTC(2026, 0, 15, 12, 0, 0)): TestClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance: ({ ms = 0, seconds = 0, minutes = 0, days = 0 }) => {
      nowMs += ms + 1000 * (seconds + 60 * (minutes + 1440 * days));
    },
  };
}

export interface TestServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** The management port's URL; absent unless `MANAGEMENT_PORT` is set. */
  readonly managementUrl: string | undefined;
  readonly app: App;
  readonly host: Host;
  readonly clock: TestClock;
  /** Its `DATABASE_URL`: the path of a file, or a URL. */
  readonly databasePath: string;
  /** Every line that was logged. */
  readonly logLines: string[];
  /** Stops this server; its database remains until the test run ends. */
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Environment variables, as an operator would set them. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: TestClock;
  /** Another server's database, to share it. */
  readonly databasePath?: string;
  /** Does not wait until Redis answers. */
  readonly withoutRedis?: true;
}

/**
 * Starts a real server in this process: a database of its own, which is a SQLite file unless the run is on
 * PostgreSQL, a free port, a frozen clock, cheap hashes.
 */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const own = options.databasePath === undefined ? await createOwn() : undefined;
  const databasePath = options.databasePath ?? own?.url ?? "";
  const environment = {
    ...CHEAP_HASHES,
    LOG_LEVEL: "debug",
    ...databaseSettings(databasePath),
    ...options.environment,
  };
  const settings = readSettings(declaredSettings, environment, judgeSettings);
  const clock = options.clock ?? frozenClock();
  const logLines: string[] = [];
  const log = openLog(settings.host.logLevel, { write: (line) => logLines.push(line) });
  const metrics = settings.http.managementPort === undefined ? undefined : await openMetrics();
  const host = await openHost(settings.host, { clock, log, metrics });
  const app = await createApp(host, settings);
  const management =
    metrics &&
    (await listenForOperator({ expose: metrics.expose, readiness: app.readiness }, settings.http, log));
  app.server.listen(0, "127.0.0.1");
  await once(app.server, "listening");
  const { port } = app.server.address() as AddressInfo;
  const managementPort = (management?.address() as AddressInfo | undefined)?.port;
  if (host.redis !== undefined && host.redis.status !== "ready" && !options.withoutRedis) {
    await once(host.redis, "ready");
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    managementUrl: managementPort === undefined ? undefined : `http://127.0.0.1:${managementPort}`,
    app,
    host,
    clock,
    databasePath,
    logLines,
    async close() {
      for (const server of [app.server, management]) {
        server?.closeAllConnections();
        server?.close();
      }
      await app.close();
      await host.close();
      await own?.remove();
    },
  };
}

/** In a run through a pooler, servers use it, and what tests do behind their back does not. */
function databaseSettings(databasePath: string): Readonly<Record<string, string>> {
  if (!isPostgresUrl(databasePath)) return { DATABASE_URL: databasePath };
  const { url, pooler } = pooled(databasePath);
  return { DATABASE_URL: url, DATABASE_POOLER: pooler };
}

/** A database that does not exist yet, or one in which there are only the tables. */
async function createOwn(): Promise<{ readonly url: string; remove(): Promise<void> }> {
  if (!isOnSqlite()) {
    const url = await createMigrated(inject("postgresUrl"));
    return { url, remove: () => dropDatabase(url) };
  }
  const folder = await mkdtemp(join(tmpdir(), "latchkey-test-"));
  return { url: join(folder, "latchkey.db"), remove: () => rm(folder, { recursive: true, force: true }) };
}
