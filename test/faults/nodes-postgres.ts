// What happens to PostgreSQL itself.
import type { PostgresCluster } from "../support/postgres-cluster.js";
import { times } from "./support/calls.js";
import { isHonest } from "./support/http.js";
import {
  judgeLedger,
  judgeSeen,
  type Limits,
  type Nodes,
  startNodes,
  type Trouble,
  untilNormal,
  useNodes,
} from "./support/nodes.js";
import { databaseUrl, openPostgres, pause, signal } from "./support/postgres.js";
import { expectThat, say, skip } from "./support/report.js";
import { sleep } from "./support/server.js";
import { fill, mountSmall } from "./support/small-disk.js";

const NODES = 3;
const KILLS = 10;
const STOPPED_MS = 5000;
const FULL_MS = 8000;
/** Three users sign up and in meanwhile, and a check of `/readyz` may have to come first. */
const NORMAL_WITHIN_MS = 1000;

export const brokenPostgres: readonly Trouble[] = [
  { name: "kill -9 of PostgreSQL", run: killed },
  { name: "restart of PostgreSQL", run: restarted },
  { name: "kill -9 of one backend", run: backendKilled },
  { name: "PostgreSQL stopped for 5 s", run: stopped },
  { name: "no room for PostgreSQL's log", run: full },
];

async function killed(name: string): Promise<void> {
  const { postgres, nodes } = await open();
  let slowestMs = 0;
  const seen = await useNodes(nodes, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(nodes.chance.between(200, 900));
      await postgres.end("SIGKILL");
      await sleep(nodes.chance.between(0, 400));
      await postgres.start();
      slowestMs = Math.max(slowestMs, await untilNormal(nodes));
    }
  });
  say(`${name}: ${KILLS} times`);
  judgeSeen(name, seen, { verifyMs: 1500, answerMs: 3000 });
  await judgeLedger(name, nodes, seen);
  normalWithin(name, slowestMs);
  await close(postgres, nodes);
}

async function restarted(name: string): Promise<void> {
  await once(name, { verifyMs: 1000, answerMs: 1000 }, async ({ postgres }) => {
    await postgres.end("SIGINT");
    await postgres.start();
  });
}

async function backendKilled(name: string): Promise<void> {
  await once(name, { verifyMs: 1500, answerMs: 3000 }, async ({ postgres }) => {
    const [backend] = await postgres.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = 'latchkey' AND backend_type = 'client backend' LIMIT 1",
    );
    signal(backend?.pid ?? 0, "SIGKILL");
    // PostgreSQL ends all others and begins again, because they share memory.
    while ((await readable(postgres)) && (await isThere(postgres, backend?.pid ?? 0))) await sleep(10);
    while (!(await readable(postgres))) await sleep(10);
  });
}

const readable = async (postgres: PostgresCluster) =>
  postgres.query("SELECT 1").then(
    () => true,
    () => false,
  );

const isThere = async (postgres: PostgresCluster, pid: number) =>
  postgres.query(`SELECT pid FROM pg_stat_activity WHERE pid = ${pid}`).then(
    (rows) => rows.length > 0,
    () => false,
  );

async function stopped(name: string): Promise<void> {
  await once(name, { verifyMs: 1500, answerMs: 3000 }, async ({ postgres, nodes }) => {
    const goOn = pause(postgres);
    await sleep(STOPPED_MS / 2);
    const states = await Promise.all(nodes.servers.map(({ client }) => client.send("GET", "/readyz")));
    await sleep(STOPPED_MS / 2);
    goOn();
    expectThat(
      states.every(({ status, json }) => status === 503 && json?.checks?.database === "down"),
      `${name}: /readyz meanwhile ${states.map(({ status, json }) => `${status} ${json?.checks?.database}`).join(", ")}`,
    );
  });
}

/** The log of PostgreSQL is on a file system that is small. */
async function full(name: string): Promise<void> {
  const mount = mountSmall(24);
  if (mount === undefined) return skip(`${name}: no file system can be mounted here (root is needed)`);
  const { postgres, nodes } = await open({
    initdb: [`--waldir=${mount}/wal`, "--wal-segsize=1"],
    settings: ["min_wal_size=2MB", "max_wal_size=8MB", "wal_recycle=off"],
  });
  const giveBack = fill(mount);
  let endedMs: number | undefined;
  const fromMs = performance.now();
  postgres.process().once("exit", () => {
    endedMs = performance.now() - fromMs;
  });
  let tookMs = 0;
  const seen = await useNodes(nodes, async () => {
    await sleep(FULL_MS);
    giveBack();
    // As a service manager does.
    await postgres.start();
    tookMs = await untilNormal(nodes);
  });
  say(`${name}: PostgreSQL ${endedMs === undefined ? "went on" : `ended after ${endedMs.toFixed(0)} ms`}`);
  judgeSeen(name, seen, { verifyMs: 1500, answerMs: 3000 });
  const refused = seen.others.filter((outcome) => outcome.status === 503 && isHonest(outcome)).length;
  expectThat(refused > 0, `${name}: writes were impossible: ${refused} times 503`);
  await judgeLedger(name, nodes, seen);
  normalWithin(name, tookMs);
  await close(postgres, nodes);
}

interface World {
  readonly postgres: PostgresCluster;
  readonly nodes: Nodes;
}

async function open(options: Parameters<typeof openPostgres>[0] = {}): Promise<World> {
  const postgres = await openPostgres(options);
  return { postgres, nodes: await startNodes(times(NODES, () => databaseUrl(postgres.port))) };
}

async function close(postgres: PostgresCluster, nodes: Nodes): Promise<void> {
  await nodes.stop();
  await postgres.remove();
}

/** One trouble, after which everything is as before. */
async function once(name: string, limits: Limits, trouble: (world: World) => Promise<void>): Promise<void> {
  const world = await open();
  let tookMs = 0;
  const seen = await useNodes(world.nodes, async () => {
    await trouble(world);
    tookMs = await untilNormal(world.nodes);
  });
  judgeSeen(name, seen, limits);
  await judgeLedger(name, world.nodes, seen);
  normalWithin(name, tookMs);
  await close(world.postgres, world.nodes);
}

function normalWithin(name: string, tookMs: number): void {
  expectThat(
    tookMs < NORMAL_WITHIN_MS,
    `${name}: all servers normal ${tookMs.toFixed(0)} ms after PostgreSQL is`,
  );
}
