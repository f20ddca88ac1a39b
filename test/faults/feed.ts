// The revocation feed: 300 guards follow three nodes over one PostgreSQL, and a server with two workers over SQLite.
// How soon a guard refuses the token of a session that ended; a node killed; a guard stopped for half a minute.
import { fork } from "node:child_process";
import { once } from "node:events";
import { postgresPrograms } from "../programs.mjs";
import { createDatabase } from "../support/postgres.js";
import { startCluster } from "../support/postgres-cluster.js";
import { forEach, logout, signUp, times } from "./support/calls.js";
import { adopt, temporaryFolder } from "./support/children.js";
import { expectNone, expectThat, prove, quantile, say, skip } from "./support/report.js";
import { type Server, sleep, startServer } from "./support/server.js";

const KEY = "feed-key-0123456789-abcdefghijklmnopqrstuv";
const GUARDS = 300;
const LOGOUTS = 200;
const GOAL_MS = 300;
const STOPPED_MS = 30_000;
const environment = { REVOCATION_FEED_KEY: KEY };

/** A process with guards, which measures by the machine's clock how soon each refuses. */
interface Guards {
  readonly pid: number;
  /** Resolves when all of them judge this token by themselves. */
  current(token: string): Promise<void>;
  /** By how many each of these tokens is refused. */
  refusals(tokens: readonly string[]): Promise<readonly number[]>;
  /** Resolves to when each guard has heard of the end of the token's session. */
  heard(token: string): Promise<readonly number[]>;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

let asked = 0;

async function openGuards(ports: readonly number[], count: number): Promise<Guards> {
  const child = fork(
    new URL("./support/feed-guards.ts", import.meta.url),
    [KEY, String(count), ...ports.map(String)],
    {
      execArgv: [...process.execArgv, "--conditions=@latchkey/source"],
    },
  );
  adopt(child);
  // One for each question.
  child.setMaxListeners(0);
  const ask = async <T>(kind: string, tokens: readonly string[] = []): Promise<T> => {
    const id = ++asked;
    const answer = new Promise<T>((resolve) => {
      const hear = (message: { readonly id: number; readonly value: T }) => {
        if (message.id !== id) return;
        child.off("message", hear);
        resolve(message.value);
      };
      child.on("message", hear);
    });
    child.send({ id, kind, tokens });
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    current: (token) => ask("current", [token]),
    refusals: (tokens) => ask("refusals", tokens),
    heard: (token) => ask("heard", [token]),
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Sessions end one after the other; how long after the answer each guard refuses. */
async function latency(name: string, servers: readonly Server[], guards: Guards): Promise<readonly string[]> {
  const waits: number[] = [];
  const ended: string[] = [];
  const tokens: string[] = [];
  await forEach(times(LOGOUTS, String), async (_, i) => {
    tokens.push((await signUp((servers[i % servers.length] as Server).client)).token);
  });
  const ends = tokens.map(async (token, i) => {
    await sleep(i * 50);
    const answer = await logout((servers[i % servers.length] as Server).client, token);
    if (answer.status !== 200) throw new Error(`logout: ${answer.status}`);
    const answeredAtMs = Date.now();
    ended.push(token);
    for (const atMs of await guards.heard(token)) waits.push(Math.max(0, atMs - answeredAtMs));
  });
  await Promise.all(ends);
  say(
    `${name}: ${waits.length} refusals, p50 ${quantile(waits, 0.5)} ms, p99 ${quantile(waits, 0.99)} ms, ` +
      `longest ${Math.max(...waits)} ms`,
  );
  expectThat(quantile(waits, 0.99) < GOAL_MS, `${name}: p99 below ${GOAL_MS} ms`);
  return ended;
}

async function endSome(server: Server, count: number): Promise<readonly string[]> {
  const ended: string[] = [];
  for (let i = 0; i < count; i++) {
    const { token } = await signUp(server.client);
    if ((await logout(server.client, token)).status === 200) ended.push(token);
  }
  return ended;
}

/** How many of these are not refused by all. */
const missedIn = (refusals: readonly number[], of: number) => refusals.filter((count) => count < of).length;

await prove(
  "feed",
  async () => {
    if (postgresPrograms() === undefined) skip("three nodes: PostgreSQL is not installed");
    else await threeNodes();
    await twoWorkers();
  },
  400,
);

async function threeNodes(): Promise<void> {
  const postgres = await startCluster({ durable: true });
  adopt(postgres.process());
  const databasePath = await createDatabase(postgres.url);
  const start = (port?: number) =>
    startServer({ environment, databasePath, ...(port !== undefined && { port }) });
  const servers = [await start(), await start(), await start()];
  const ports = servers.map(({ port }) => port);
  const { token } = await signUp((servers[1] as Server).client);
  const guards = await openGuards(ports, GUARDS);
  await guards.current(token);
  const name = `${GUARDS} guards on 3 nodes`;
  const ended = [...(await latency(name, servers, guards))];

  const [killed, ...others] = servers as [Server, ...Server[]];
  await killed.stop("SIGKILL");
  ended.push(...(await endSome(others[0] as Server, 50)));
  const again = await start(killed.port);
  // Those of the killed node connect again within two seconds.
  await sleep(3000);
  await guards.current(token);
  expectNone(missedIn(await guards.refusals(ended), GUARDS), `a node killed: missed of ${ended.length} ends`);

  const one = await openGuards([again.port], 1);
  await one.current(token);
  one.signal("SIGSTOP");
  const meanwhile = await endSome(others[0] as Server, 50);
  await sleep(STOPPED_MS);
  // Asked the moment it goes on: it must not accept what it has not heard of.
  const verdicts = one.refusals(meanwhile);
  one.signal("SIGCONT");
  expectNone(missedIn(await verdicts, 1), "a guard stopped for 30 s: accepted when it went on");
  await sleep(3000);
  await one.current(token);
  expectNone(missedIn(await one.refusals(meanwhile), 1), "a guard stopped for 30 s: missed after it resumed");

  await one.stop();
  await guards.stop();
  for (const server of [...others, again]) await server.stop("SIGTERM");
  await postgres.remove();
}

async function twoWorkers(): Promise<void> {
  const databasePath = `${temporaryFolder()}/latchkey.db`;
  const server = await startServer({ environment: { ...environment, WORKERS: "2" }, databasePath });
  const { token } = await signUp(server.client);
  const guards = await openGuards([server.port], GUARDS);
  await guards.current(token);
  const ended = await latency(`${GUARDS} guards on 2 workers over SQLite`, [server], guards);
  expectNone(missedIn(await guards.refusals(ended), GUARDS), `SQLite: missed of ${ended.length} ends`);
  await guards.stop();
  await server.stop("SIGTERM");
}
