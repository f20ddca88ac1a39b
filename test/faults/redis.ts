// Redis paused, killed, slow, flushed, restarted, under load on two processes: no revoked token is accepted,
// no user is signed out, nothing hangs.
import { join } from "node:path";
import Database from "better-sqlite3";
import {
  describe,
  forEach,
  logout,
  refresh,
  STRICT,
  signIn,
  signUp,
  times,
  tokenOf,
  verify,
} from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { type Client, isHonest, type Outcome } from "./support/http.js";
import { type BrokenRedis, openRedis } from "./support/redis.js";
import { expectNone, expectThat, prove, quantile, say, tally } from "./support/report.js";
import { type Server, sleep, startServer } from "./support/server.js";
import { openSlowProxy, type SlowProxy } from "./support/slow-proxy.js";

const CLIENTS = 10;
const SESSIONS_KEPT = 20;
const LATEST_MS = 1000;
const NORMAL_WITHIN_MS = 10_000;
const TROUBLE_MS = 4000;

interface World {
  readonly servers: readonly [Server, Server];
  readonly redis: BrokenRedis;
  readonly proxy: SlowProxy;
}

interface Seen {
  readonly outcomes: Outcome[];
  readonly revokedAccepted: string[];
  readonly lost: string[];
}

await prove("redis", async () => {
  const redis = await openRedis();
  const proxy = await openSlowProxy(redis.port);
  const databasePath = join(temporaryFolder(), "latchkey.db");
  const environment = { REDIS_URL: `redis://127.0.0.1:${proxy.port}`, ...STRICT };
  const options = { databasePath, environment };
  const servers = [await startServer(options), await startServer(options)] as const;
  const world = { servers, redis, proxy };
  const kept = await keptSessions(servers[0].client);
  await normal(world, "at the start, without any request");

  const trouble = (name: string, begin: () => unknown, finish?: () => unknown) =>
    endure(world, kept, { name, begin, finish, isAway: /paused|killed|400/.test(name) });
  await trouble("paused", redis.pause, redis.resume);
  await trouble("killed", redis.kill, redis.restart);
  for (const delayMs of [100, 400]) {
    const set = (ms: number) => () => {
      proxy.delayMs = ms;
    };
    await trouble(`slow by ${delayMs} ms each way`, set(delayMs), set(0));
  }
  await trouble("flushed", redis.flush);
  await trouble("restarted empty", async () => {
    await redis.kill();
    await redis.restart();
  });
  for (const server of servers) await server.stop("SIGTERM");
  await redis.stop();
  proxy.close();
});

/** Sessions that are left alone and must still exist at the end. */
async function keptSessions(client: Client): Promise<readonly string[]> {
  const tokens: string[] = [];
  await forEach(times(SESSIONS_KEPT, String), async () => void tokens.push((await signUp(client)).token));
  return tokens;
}

interface Trouble {
  readonly name: string;
  begin(): unknown;
  readonly finish: (() => unknown) | undefined;
  /** Whether it does not answer in time at all: if it is only slow, it still serves. */
  readonly isAway: boolean;
}

async function endure(
  world: World,
  kept: readonly string[],
  { name, begin, finish, isAway }: Trouble,
): Promise<void> {
  const { servers } = world;
  const seen: Seen = { outcomes: [], revokedAccepted: [], lost: [] };
  let over = false;
  const loading = times(CLIENTS, (i) => load(servers, i, () => over, seen));
  await sleep(300);
  await begin();
  await sleep(TROUBLE_MS / 2);
  const during = await readiness(servers[0]);
  await sleep(TROUBLE_MS / 2);
  await finish?.();
  const tookMs = await untilNormal(servers);
  await sleep(300);
  over = true;
  await Promise.all(loading);
  await forEach(kept, async (token, i) => {
    const answer = await verify((servers[i % 2] as Server).client, token);
    if (answer.status !== 200) seen.lost.push(describe(answer));
  });

  const waits = seen.outcomes.map(({ ms }) => ms);
  say(
    `${name}: ${seen.outcomes.length} answers: ${tally(seen.outcomes.map(({ status }) => status))}; ` +
      `/readyz meanwhile ${during}`,
  );
  expectNone(seen.revokedAccepted.length, `${name}: revoked tokens accepted`);
  expectNone(seen.lost.length, `${name}: sessions lost${seen.lost[0] ? ` (${seen.lost[0]})` : ""}`);
  expectNone(
    seen.outcomes.filter((outcome) => !isHonest(outcome)).length,
    `${name}: 5xx other than a correct 503`,
  );
  expectNone(seen.outcomes.filter(({ status }) => status === 0).length, `${name}: no answer`);
  expectThat(
    Math.max(...waits) < LATEST_MS,
    `${name}: slowest answer ${Math.max(...waits).toFixed(0)} ms (p50 ${quantile(waits, 0.5).toFixed(1)}, ` +
      `p99 ${quantile(waits, 0.99).toFixed(0)})`,
  );
  if (isAway) expectThat(/degraded.*"redis":"down"/.test(during), `${name}: /readyz says what is degraded`);
  expectThat(tookMs < NORMAL_WITHIN_MS, `${name}: normal again after ${tookMs.toFixed(0)} ms`);
  await everyDeadIdIsThere(world, name);
}

/** Signs in, verifies, refreshes and signs out; immediately asks about ended tokens on the other process. */
async function load(
  servers: readonly [Server, Server],
  lane: number,
  isOver: () => boolean,
  seen: Seen,
): Promise<void> {
  const client = (turn: number) => (servers[(lane + turn) % 2] as Server).client;
  const { email } = await signUp(client(0));
  let dead: string | undefined;
  const note = (outcome: Outcome) => {
    seen.outcomes.push(outcome);
    return outcome;
  };
  const mustBeDead = async (token: string, turn: number) => {
    if (note(await verify(client(turn), token)).status === 200) seen.revokedAccepted.push(token);
    if (note(await refresh(client(turn + 1), token)).status === 200) seen.revokedAccepted.push(token);
  };
  const mustLive = (outcome: Outcome) => {
    if (note(outcome).status === 401 || outcome.status === 403) seen.lost.push(describe(outcome));
    return outcome.status === 200;
  };
  for (let turn = 0; !isOver(); turn++) {
    const token = await signIn(client(turn), email);
    mustLive(await verify(client(turn + 1), token));
    const refreshed = await refresh(client(turn), token);
    if (!mustLive(refreshed)) continue;
    await mustBeDead(token, turn + 1);
    const next = tokenOf(refreshed);
    mustLive(await verify(client(turn + 1), next));
    if (mustLive(await logout(client(turn), next))) {
      await mustBeDead(next, turn + 1);
      dead = next;
    }
    if (dead !== undefined) await mustBeDead(dead, turn);
    await sleep(20);
  }
}

async function readiness({ client }: Server): Promise<string> {
  const { status, json } = await client.send("GET", "/readyz");
  return `${status} ${JSON.stringify(json)}`;
}

async function untilNormal(servers: readonly Server[]): Promise<number> {
  const fromMs = performance.now();
  while (performance.now() - fromMs < NORMAL_WITHIN_MS) {
    const states = await Promise.all(servers.map(readiness));
    if (states.every((state) => state.startsWith('200 {"status":"ok"'))) break;
    await sleep(50);
  }
  return performance.now() - fromMs;
}

async function normal({ servers }: World, when: string): Promise<void> {
  const tookMs = await untilNormal(servers);
  expectThat(tookMs < NORMAL_WITHIN_MS, `/readyz is ok ${when}: ${tookMs.toFixed(0)} ms`);
}

/** Compares Redis with what the database says is revoked, and signs out once more. */
async function everyDeadIdIsThere({ servers, redis }: World, name: string): Promise<void> {
  const { token } = await signUp(servers[0].client);
  await logout(servers[0].client, token);
  await sleep(100);
  const held = new Set(await redis.revocations());
  const database = new Database(servers[0].databasePath, { readonly: true });
  const dead = database.prepare("SELECT id FROM revocations").pluck().all() as string[];
  database.close();
  const missing = dead.filter((id) => !held.has(id)).length;
  expectNone(missing, `${name}: missing in Redis of ${dead.length} revoked ids`);
}
