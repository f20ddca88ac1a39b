// SIGTERM under load: readiness first, nothing cut off, new requests accepted for a moment; then a rolling
// restart.
import { join } from "node:path";
import { freePort } from "../support/port.js";
import { openBalancer } from "./support/balancer.js";
import { describe, login, refresh, signUp, times, tokenOf, verify } from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { type Client, type Outcome, openClient } from "./support/http.js";
import { expectNone, expectThat, prove, say, tally } from "./support/report.js";
import { type Server, sleep, startServer } from "./support/server.js";

const CLIENTS = 12;
const DRAIN_SECONDS = 1;
const SHUTDOWN_SECONDS = 5;
/** A signal takes a moment. */
const NOTICED_MS = 20;
const environment = {
  DRAIN_SECONDS: String(DRAIN_SECONDS),
  SHUTDOWN_SECONDS: String(SHUTDOWN_SECONDS),
};

await prove("stop", async () => {
  for (const round of [1, 2, 3]) await stopUnderLoad(round);
  await stopDuringHashes();
  await rollingRestart();
});

interface Seen {
  readonly atMs: number;
  readonly outcome: Outcome;
}

/** Signs in, verifies and refreshes in turn until `isOver`. */
async function load(client: Client, isOver: () => boolean, seen: Seen[]): Promise<void> {
  let { email, token } = await signUp(client);
  for (let i = 0; !isOver(); i++) {
    const ask = [() => verify(client, token), () => refresh(client, token), () => login(client, email)][
      i % 3
    ];
    const atMs = performance.now();
    const outcome = await (ask ?? (() => verify(client, token)))();
    seen.push({ atMs, outcome });
    token = tokenOf(outcome) || token;
    if (outcome.status === 0) return;
    await sleep(5);
  }
}

async function stopUnderLoad(round: number): Promise<void> {
  const server = await startServer({ environment });
  const fresh = openClient(server.port, { keepAlive: false });
  const seen: Seen[] = [];
  let over = false;
  const loading = times(CLIENTS, (i) => load(i % 2 ? server.client : fresh, () => over, seen));
  await sleep(1000);
  const readyBefore = (await fresh.send("GET", "/readyz")).status;
  const fromMs = performance.now();
  const stopping = server.stop("SIGTERM");
  await sleep(100);
  const readiness = await fresh.send("GET", "/readyz");
  const accepted = await fresh.send("GET", "/livez");
  // By now a load balancer has noticed and sends no more.
  await sleep(DRAIN_SECONDS * 1000 - 300);
  over = true;
  await Promise.all(loading);
  const code = await stopping;
  const tookMs = performance.now() - fromMs;

  const bad = seen.filter(({ outcome }) => outcome.status !== 200);
  const after = seen.filter(({ atMs }) => atMs > fromMs).length;
  say(
    `round ${round}: ${seen.length} requests, ${after} of them after the signal: ${tally(seen.map(({ outcome }) => outcome.error ?? outcome.status))}`,
  );
  expectThat(
    readyBefore === 200 && readiness.status === 503,
    `/readyz ${readyBefore}, after the signal ${readiness.status} ${readiness.json?.status}`,
  );
  expectThat(
    accepted.status === 200 && after > 0,
    "new requests are accepted while the load balancer notices",
  );
  expectNone(bad.length, "cut off or refused");
  expectThat(code === 0, `exit code ${code}`);
  expectThat(
    tookMs < (DRAIN_SECONDS + SHUTDOWN_SECONDS) * 1000,
    `exited ${tookMs.toFixed(0)} ms after the signal`,
  );
  fresh.close();
}

/** Long requests are in progress when no new ones are accepted; one of them takes longer than allowed. */
async function stopDuringHashes(): Promise<void> {
  const server = await startServer({
    environment: { ...environment, DRAIN_SECONDS: "0" },
    cheapHashes: false,
  });
  const { email } = await signUp(server.client);
  const fromMs = performance.now();
  const logins = times(20, () => login(server.client, email));
  await sleep(50);
  const signalledMs = performance.now() - fromMs;
  const code = await server.stop("SIGTERM");
  const answers = await Promise.all(logins);
  // One or two may be faster than the signal.
  const later = answers.filter(({ ms }) => ms > signalledMs + NOTICED_MS);
  const closing = later.filter(({ headers }) => headers.connection === "close").length;
  expectThat(
    answers.every(({ status }) => status === 200),
    `20 logins in progress: ${tally(answers.map(({ error, status }) => error ?? status))}`,
  );
  const all = closing === later.length && later.length >= 15;
  expectThat(all, `connections closed after their answers: ${closing} of ${later.length}`);
  expectThat(code === 0, `exit code ${code}`);
}

async function rollingRestart(): Promise<void> {
  const databasePath = join(temporaryFolder(), "latchkey.db");
  const ports = [await freePort(), await freePort()];
  const launch = (port: number) => startServer({ port, databasePath, environment });
  const servers: Server[] = [await launch(ports[0] as number), await launch(ports[1] as number)];
  const balancer = await openBalancer(ports);
  const untilReady = async (port: number) => {
    while (!balancer.ready.get(port)) await sleep(20);
  };
  await Promise.all(ports.map(untilReady));

  const client = openClient(balancer.port);
  const seen: Seen[] = [];
  let over = false;
  const loading = times(CLIENTS, () => load(client, () => over, seen));
  await sleep(500);
  const codes: Array<number | string> = [];
  for (const [i, port] of ports.entries()) {
    codes.push((await servers[i]?.stop("SIGTERM")) ?? "");
    servers[i] = await launch(port);
    await untilReady(port);
    await sleep(300);
  }
  over = true;
  await Promise.all(loading);
  const bad = seen.filter(({ outcome }) => outcome.status !== 200);
  say(`rolling restart: ${seen.length} requests: ${tally(seen.map(({ outcome }) => outcome.status))}`);
  expectNone(bad.length, `failed in a rolling restart${bad[0] ? ` (${describe(bad[0].outcome)})` : ""}`);
  expectThat(
    codes.every((code) => code === 0),
    `exit codes ${codes.join(", ")}`,
  );
  client.close();
  balancer.close();
  for (const server of servers) await server.stop();
}
