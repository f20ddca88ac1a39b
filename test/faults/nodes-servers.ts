// What happens to one of several servers.
import { startProxy } from "../support/proxy.js";
import { forEach, login, logout, reset, signUp, times, verify } from "./support/calls.js";
import type { Outcome } from "./support/http.js";
import { judgeLedger, judgeSeen, startNodes, type Trouble, untilNormal, useNodes } from "./support/nodes.js";
import { databaseUrl, openPostgres, signal } from "./support/postgres.js";
import { expectNone, expectThat, quantile, say, tally } from "./support/report.js";
import { type Server, sleep } from "./support/server.js";

const STOPS = 60;
const HELD = 5;
const STOPPED_MS = 2500;
const CUT_OFF_MS = 5000;
/** PostgreSQL ends a transaction in which nothing happens after 1 s. */
const HELD_UP_MS = 1200;
const NORMAL_WITHIN_MS = 1000;
const REVOKED_MEANWHILE = 40;

export const brokenNodes: readonly Trouble[] = [
  { name: "one server stopped in a transaction", run: stoppedInTransaction },
  { name: "one server cut off from PostgreSQL", run: cutOff },
];

const IDLE = `SELECT pid, extract(epoch FROM clock_timestamp() - state_change) * 1000 AS "idleMs"
  FROM pg_stat_activity WHERE datname = 'latchkey' AND state LIKE 'idle in transaction%'`;

/** All servers change the passwords of the same users, so that they need the same rows. */
async function stoppedInTransaction(name: string): Promise<void> {
  const postgres = await openPostgres();
  const nodes = await startNodes(times(3, () => databaseUrl(postgres.port)));
  const [stopped, ...others] = nodes.servers as [Server, Server, Server];
  const users = await Promise.all(times(4, () => signUp(nodes.client)));
  const waits: number[] = [];
  const answers: Outcome[] = [];
  let held = 0;
  let over = false;
  const change = async ({ client }: Server, { email }: { readonly email: string }, note: boolean) => {
    const answer = await reset(client, email, { old: "correct horse battery", new: "correct horse battery" });
    if (!note) return;
    answers.push(answer);
    waits.push(answer.ms);
  };
  const busy = (server: Server, note: boolean) =>
    users.map(async (user) => {
      while (!over) await change(server, user, note);
    });
  const working = [...busy(stopped, false), ...others.flatMap((server) => busy(server, true))];
  for (let stop = 0; stop < STOPS && held < HELD; stop++) {
    await sleep(nodes.chance.between(30, 120));
    signal(stopped.pid, "SIGSTOP");
    await sleep(60);
    const idle = await postgres.query<{ idleMs: number }>(IDLE);
    if (idle.some(({ idleMs }) => Number(idleMs) > 50)) {
      held++;
      await sleep(STOPPED_MS);
    }
    signal(stopped.pid, "SIGCONT");
  }
  over = true;
  await Promise.all(working);
  expectThat(held > 0, `${name}: ${held} times it held a transaction`);
  say(`${name}: the others' answers ${tally(answers.map(({ status }) => status))}`);
  expectNone(
    answers.filter(({ status }) => status >= 500 || status === 0).length,
    `${name}: 5xx of the others`,
  );
  const slowest = Math.max(...waits);
  expectThat(
    slowest < HELD_UP_MS,
    `${name}: the others' slowest write ${slowest.toFixed(0)} ms (p50 ${quantile(waits, 0.5).toFixed(0)}, p99 ` +
      `${quantile(waits, 0.99).toFixed(0)})`,
  );
  const tookMs = await untilNormal(nodes);
  expectThat(tookMs < NORMAL_WITHIN_MS, `${name}: normal after ${tookMs.toFixed(0)} ms`);
  await nodes.stop();
  await postgres.remove();
}

/** Nothing comes through between one server and PostgreSQL, and nothing says so. */
async function cutOff(name: string): Promise<void> {
  const postgres = await openPostgres();
  const proxy = await startProxy(postgres.port);
  const nodes = await startNodes([
    databaseUrl(postgres.port),
    databaseUrl(postgres.port),
    databaseUrl(proxy.port),
  ]);
  const [one, two, alone] = nodes.servers as [Server, Server, Server];
  const connected = { ...nodes, servers: [one, two], client: one.client };
  const tokens = await Promise.all(times(REVOKED_MEANWHILE, async () => (await signUp(one.client)).token));
  await forEach(tokens, async (token) => void (await verify(alone.client, token)));
  const cut = { verified: [] as Outcome[], entered: [] as Outcome[] };
  const back = { verified: [] as Outcome[], entered: [] as Outcome[] };
  let alive = 0;
  const seen = await useNodes(connected, async () => {
    let into = cut;
    let over = false;
    // Some of its transactions are open when it is cut off.
    const entering = times(4, async () => {
      const { email } = await signUp(one.client);
      while (!over) into.entered.push(await login(alone.client, email));
    });
    await sleep(300);
    cut.entered.length = 0;
    proxy.stall();
    await forEach(tokens, async (token) => void (await logout(two.client, token)));
    const asking = times(4, async (lane) => {
      for (let i = lane; !over; i++) {
        const answer = await verify(alone.client, tokens[i % tokens.length] as string);
        into.verified.push(answer);
        if (answer.status === 200) alive++;
        await sleep(5);
      }
    });
    await sleep(CUT_OFF_MS);
    into = back;
    // What was held up comes through only now: none of it may be believed.
    proxy.resume();
    await sleep(1500);
    over = true;
    await Promise.all([...asking, ...entering]);
  });
  const statuses = ({ verified, entered }: typeof cut) =>
    `verify ${tally(verified.map(({ status }) => status))}, login ${tally(entered.map(({ status }) => status))}`;
  say(`${name}: its answers: ${statuses(cut)}; afterwards: ${statuses(back)}`);
  expectNone(
    cut.verified.filter(({ status }) => status !== 503).length,
    `${name}: other answers than 503 to a token, of ${cut.verified.length}`,
  );
  expectNone(alive, `${name}: revoked tokens accepted by it, meanwhile and on its return`);
  const slowest = (outcomes: readonly Outcome[]) => Math.max(...outcomes.map(({ ms }) => ms));
  expectThat(
    slowest(cut.verified) < 1500 && slowest(cut.entered) < 2500,
    `${name}: its slowest verify ${slowest(cut.verified).toFixed(0)} ms, login ${slowest(cut.entered).toFixed(0)} ms`,
  );
  const refusedAfter = await Promise.all(tokens.map((token) => verify(alone.client, token)));
  expectNone(
    refusedAfter.filter(({ status }) => status !== 401).length,
    `${name}: other answers than 401 to the revoked tokens after its return`,
  );
  judgeSeen(`${name}: the others`, seen, { verifyMs: 1000, answerMs: 2000 });
  await judgeLedger(`${name}: the others`, connected, seen);
  await nodes.stop();
  await proxy.close();
  await postgres.remove();
}
