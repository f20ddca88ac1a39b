// The primary is lost, and its standby takes its place.
import type { PostgresCluster } from "../support/postgres-cluster.js";
import { startProxy } from "../support/proxy.js";
import { forEach, logout, signUp, times, verify } from "./support/calls.js";
import {
  auditSeen,
  judgeLedger,
  judgeSeen,
  startNodes,
  type Trouble,
  untilNormal,
  useNodes,
} from "./support/nodes.js";
import { databaseUrl, openPostgres, removeAtEnd, signal } from "./support/postgres.js";
import { expectNone, expectThat, say } from "./support/report.js";
import { sleep } from "./support/server.js";

const NODES = 3;
const REVOKED_BEFORE = 40;
const NORMAL_WITHIN_MS = 1000;
/** How far behind an asynchronous standby is when the primary is lost. */
const BEHIND_MS = 300;

export const failovers: readonly Trouble[] = [
  { name: "synchronous standby promoted", run: (name) => failOver(name, true) },
  { name: "asynchronous standby promoted", run: (name) => failOver(name, false) },
];

async function failOver(name: string, isSynchronous: boolean): Promise<void> {
  const primary = await openPostgres();
  const standby = await primary.follow("standby");
  removeAtEnd(standby);
  await standby.start();
  if (isSynchronous) await waitForStandby(primary);
  const proxy = await startProxy(primary.port);
  const nodes = await startNodes(times(NODES, () => databaseUrl(proxy.port)));

  const tokens = await Promise.all(times(REVOKED_BEFORE, async () => (await signUp(nodes.client)).token));
  await forEach(tokens, async (token) => void (await logout(nodes.client, token)));
  await caughtUp(primary);
  const resetsBefore = await nodes.resets();
  let [promotedMs, tookMs] = [0, 0];
  const seen = await useNodes(nodes, async () => {
    await sleep(1500);
    if (!isSynchronous) {
      const [receiver] = await standby.query<{ pid: number }>("SELECT pid FROM pg_stat_wal_receiver");
      signal(receiver?.pid ?? 0, "SIGSTOP");
      await sleep(BEHIND_MS);
      await lose(primary);
      signal(receiver?.pid ?? 0, "SIGKILL");
    } else await lose(primary);
    const fromMs = performance.now();
    proxy.leadTo(standby.port);
    await promote(standby);
    promotedMs = performance.now() - fromMs;
    tookMs = await untilNormal(nodes);
  });
  say(`${name}: promoted after ${promotedMs.toFixed(0)} ms`);
  judgeSeen(name, isSynchronous ? seen : { ...seen, revokedAccepted: 0 }, { verifyMs: 2000, answerMs: 4000 });
  if (isSynchronous) await judgeLedger(name, nodes, seen);
  else {
    const { lost, half, revived, checked } = await auditSeen(nodes, seen);
    say(
      `${name}: acknowledged and not on the standby yet, of ${checked} promises: lost ${lost.length}, revived ` +
        `${revived.length}, half made ${half.length}`,
    );
  }
  const answers = await Promise.all(
    tokens.flatMap((token) => nodes.servers.map(({ client }) => verify(client, token))),
  );
  expectNone(
    answers.filter(({ status }) => status !== 401).length,
    `${name}: accepted, of ${tokens.length} revocations that the standby had, asked at each server`,
  );
  const resets = (await nodes.resets()) - resetsBefore;
  // One that had not looked since the last change that the standby has need not forget anything.
  expectThat(resets <= NODES, `${name}: servers that forgot what they kept: ${resets}`);
  expectThat(
    tookMs < NORMAL_WITHIN_MS,
    `${name}: all servers normal ${tookMs.toFixed(0)} ms after the promotion`,
  );
  await nodes.stop();
  await proxy.close();
  await standby.remove();
  await primary.remove();
}

async function lose(primary: PostgresCluster): Promise<void> {
  await primary.end("SIGKILL");
}

async function promote(standby: PostgresCluster): Promise<void> {
  await standby.run("pg_ctl", "promote", "-D", `${standby.folder}/data`, "--wait");
}

const SETTING = "ALTER SYSTEM SET synchronous_standby_names = 'standby'";

async function waitForStandby(primary: PostgresCluster): Promise<void> {
  await primary.query(SETTING);
  await primary.query("SELECT pg_reload_conf()");
  for (;;) {
    const rows = await primary.query<{ sync_state: string }>("SELECT sync_state FROM pg_stat_replication");
    if (rows.some(({ sync_state }) => sync_state === "sync")) return;
    await sleep(20);
  }
}

/** Until the standby has written everything that is committed now. */
async function caughtUp(primary: PostgresCluster): Promise<void> {
  for (;;) {
    const [row] = await primary.query<{ is: boolean }>(
      "SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) AS is FROM pg_stat_replication",
    );
    if (row?.is === true) return;
    await sleep(20);
  }
}
