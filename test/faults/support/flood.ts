import { freePort } from "../../support/port.js";
import { login, register, tokenOf } from "./calls.js";
import { collectable, collectGarbage } from "./garbage.js";
import { hireHonest, type Seen } from "./honest.js";
import { isHonest, type Outcome } from "./http.js";
import { expectNone, expectThat, quantile, say, tally } from "./report.js";
import { residentMiB, type Server, type ServerOptions, sleep, startServer } from "./server.js";

/** One kind of attack, as data. */
export interface Flood {
  /** What the strangers do, as it is printed. */
  readonly name: string;
  /** How the server is set; hashes are cheap unless it says otherwise. */
  readonly server?: ServerOptions;
  /** What the attack needs, such as accounts; done before memory is measured. */
  prepare?(server: Server): Promise<void>;
  /** Attacks until `isOver`; resolves to what the attackers saw, as it is printed. */
  attack(server: Server, isOver: () => boolean): Promise<string>;
  /** Five seconds unless given. */
  readonly seconds?: number;
  /** Where this attack is allowed more, or less, than `BOUNDS`. */
  readonly bounds?: Partial<Bounds>;
}

/** What an honest user and the machine must not notice more of. */
export interface Bounds {
  /** How long the slowest of a hundred calls may take, for each call of the honest user. */
  readonly p99Ms: { readonly livez: number; readonly verify: number; readonly login: number };
  /**
   * By how much memory may grow meanwhile, and how much more may be in use afterwards. V8 gives pages back
   * when it has been idle for long enough, so memory that is not in use may stay.
   */
  readonly growthMiB: number;
  readonly leftMiB: number;
}

export const BOUNDS: Bounds = {
  p99Ms: { livez: 500, verify: 500, login: 1000 },
  growthMiB: 200,
  leftMiB: 60,
};

/** How many hashes a login may take the time of, if that is more. */
const HASHES_PER_LOGIN = 5;
const SECONDS = 5;
const CALM_MS = 3000;
const REST_MS = 3000;
const EMAIL = "honest@example.com";

/** Runs one attack beside an honest user, and prints what both saw. */
export async function runFlood({ name, server: options, prepare, attack, ...flood }: Flood): Promise<void> {
  const { p99Ms, growthMiB, leftMiB } = { ...BOUNDS, ...flood.bounds };
  const managementPort = await freePort();
  const inspectorPort = await freePort();
  const environment = {
    MANAGEMENT_PORT: String(managementPort),
    ...collectable(inspectorPort),
    ...options?.environment,
  };
  const server = await startServer({ ...options, environment });
  await register(server.client, EMAIL);
  // Also makes this network a place that the honest user is known from.
  const token = tokenOf(await login(server.client, EMAIL));
  await prepare?.(server);

  const honest = await hireHonest({ port: server.port, email: EMAIL, token });
  await honest.during(() => sleep(CALM_MS));
  const hashesBefore = await hashesSoFar(managementPort);
  await collectGarbage(inspectorPort);
  const beforeMiB = residentMiB(server.pid);
  const beforeInUseMiB = await inUseMiB(managementPort);
  let peakMiB = beforeMiB;
  const watching = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(server.pid));
  }, 50);
  const overMs = performance.now() + 1000 * (flood.seconds ?? SECONDS);
  let report = "";
  const meanwhile = await honest.during(async () => {
    report = await attack(server, () => performance.now() >= overMs);
  });
  clearInterval(watching);
  const hashes = await hashesSoFar(managementPort);
  const after = await honest.during(() => sleep(REST_MS));
  await collectGarbage(inspectorPort);
  const afterMiB = residentMiB(server.pid);
  const leftInUseMiB = (await inUseMiB(managementPort)) - beforeInUseMiB;
  honest.leave();

  // Without the time in the queue. A machine that is slow, or busy with something else, takes longer.
  const count = Math.max(1, hashes.count - hashesBefore.count);
  const hashMs = (1000 * (hashes.seconds - hashesBefore.seconds)) / count;
  const allowedMs = { ...p99Ms, login: Math.max(p99Ms.login, hashMs * HASHES_PER_LOGIN) };
  say(`${name}: the strangers: ${report}; a hash took ${hashMs.toFixed(0)} ms`);
  say(`${name}: closed at a bound: ${await closedAtBounds(managementPort)}`);
  judge(`${name}: meanwhile`, meanwhile, allowedMs);
  judge(`${name}: afterwards`, after, allowedMs);
  expectThat(
    peakMiB - beforeMiB < growthMiB && leftInUseMiB < leftMiB,
    `${name}: memory ${beforeMiB.toFixed(0)} MiB, at most ${peakMiB.toFixed(0)}, afterwards ` +
      `${afterMiB.toFixed(0)}, of which ${leftInUseMiB.toFixed(0)} more in use than before`,
  );
  expectThat((await server.stop("SIGTERM")) === 0, `${name}: exit code 0 at SIGTERM`);
}

const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

/** What the server's code holds, not what V8 keeps for later. */
async function inUseMiB(port: number): Promise<number> {
  const text = await metrics(port);
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return (read("nodejs_heap_size_used_bytes") + read("nodejs_external_memory_bytes")) / 1024 / 1024;
}

/** How many hashes were computed, and how long they took together, as the server's metrics say. */
async function hashesSoFar(port: number): Promise<{ readonly count: number; readonly seconds: number }> {
  const text = await metrics(port);
  const total = (of: "count" | "sum") =>
    [...text.matchAll(new RegExp(`^latchkey_hash_duration_seconds_${of}\\{.*\\} (.+)$`, "gm"))]
      .map(([, value]) => Number(value))
      .reduce((sum, value) => sum + value, 0);
  return { count: total("count"), seconds: total("sum") };
}

/** What the server counted. */
async function closedAtBounds(port: number): Promise<string> {
  const text = await metrics(port);
  const counts = [...text.matchAll(/^latchkey_http_connections_closed_total\{bound="(\w+)"\} ([1-9]\d*)/gm)];
  return counts.map(([, bound, count]) => `${bound} ×${count}`).join(", ") || "none";
}

function judge(name: string, seen: Seen, p99Ms: Bounds["p99Ms"]): void {
  for (const call of ["livez", "verify", "login"] as const) {
    const outcomes: readonly Outcome[] = seen[call];
    const refused = outcomes.filter((outcome) => outcome.status !== 200);
    const why = tally(refused.map(({ error, status }) => error ?? status));
    expectNone(refused.length, `${name}: honest ${call} not served, of ${outcomes.length} (${why})`);
    const dishonest = outcomes.filter((outcome) => outcome.status !== 0 && !isHonest(outcome));
    if (dishonest.length > 0)
      expectNone(dishonest.length, `${name}: honest ${call}: 5xx without Retry-After`);
    const waits = outcomes.map(({ ms }) => ms);
    const p99 = quantile(waits, 0.99);
    expectThat(
      p99 < p99Ms[call],
      `${name}: honest ${call}: p50 ${quantile(waits, 0.5).toFixed(1)}, p99 ${p99.toFixed(1)}, slowest ` +
        `${Math.max(0, ...waits).toFixed(0)} ms`,
    );
  }
}
