import { freePort } from "../../support/port.js";
import { describe, forEach, login, logout, signUp, times, tokenOf, verify } from "./calls.js";
import { type Client, isHonest, type Outcome } from "./http.js";
import { actUntil, audit, type Entry, type Verdict } from "./ledger.js";
import { type Chance, openChance } from "./random.js";
import { expectNone, expectThat, quantile, say, tally } from "./report.js";
import { type Server, sleep, startServer } from "./server.js";

const ACTORS = 6;
const ASKERS = 3;
const KEPT_SESSIONS = 6;
const NORMAL_WITHIN_MS = 20_000;

/** One kind of trouble. */
export interface Trouble {
  readonly name: string;
  run(name: string): Promise<void>;
}

/** Several servers on one database. */
export interface Nodes {
  readonly servers: readonly Server[];
  /** Each request goes to the next server. */
  readonly client: Client;
  readonly chance: Chance;
  /** How often all servers together have forgotten what they kept, because the history was another one. */
  resets(): Promise<number>;
  /** Ends all of them; says so if one does not end with 0. */
  stop(): Promise<void>;
}

/** Whether a change took effect is found out with passwords that may be wrong, all from one network. */
const UNLIMITED = { GUESSES_PER_NETWORK: "1000000" };

/** Starts a server on each of these databases, which are one, perhaps reached in several ways. */
export async function startNodes(
  urls: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Nodes> {
  const ports = await Promise.all(urls.map(() => freePort()));
  const servers = await Promise.all(
    urls.map((databasePath, i) =>
      startServer({
        databasePath,
        environment: { ...UNLIMITED, MANAGEMENT_PORT: String(ports[i]), ...environment },
      }),
    ),
  );
  const resetsOf = async (port: number) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^latchkey_database_cursor_resets_total (\d+)/m.exec(text)?.[1] ?? 0);
  };
  return {
    servers,
    client: throughAll(servers),
    chance: openChance(),
    async resets() {
      return (await Promise.all(ports.map(resetsOf))).reduce((sum, each) => sum + each, 0);
    },
    async stop() {
      const codes = await Promise.all(servers.map((server) => server.stop("SIGTERM")));
      if (codes.some((code) => code !== 0)) expectThat(false, `exit codes at SIGTERM: ${codes.join(", ")}`);
    },
  };
}

function throughAll(servers: readonly Server[]): Client {
  let turn = 0;
  return {
    port: 0,
    send: (...sent) => (servers[turn++ % servers.length] as Server).client.send(...sent),
    close() {},
  };
}

/** What users of all servers saw. */
export interface Seen {
  readonly ledger: readonly Entry[];
  /** Answers to users who check their live token all the time, by server. */
  readonly verified: ReadonlyArray<readonly Outcome[]>;
  /** Everything else. */
  readonly others: readonly Outcome[];
  /** Answers that are neither 200 nor a correct 503. */
  readonly faults: readonly string[];
  /** Accepted although its end had been acknowledged. */
  readonly revokedAccepted: number;
  readonly revoked: number;
}

/** Uses all servers in all ways while something happens. */
export async function useNodes(nodes: Nodes, happening: () => Promise<void>): Promise<Seen> {
  const { servers, chance } = nodes;
  const ledger: Entry[] = [];
  const others: Outcome[] = [];
  const verified = servers.map((): Outcome[] => []);
  const faults: string[] = [];
  const count = { revoked: 0, accepted: 0 };
  const client = noting(nodes.client, others);
  const kept = await Promise.all(times(KEPT_SESSIONS, () => signUp(nodes.client)));
  // Whoever signs in very often loses the oldest sessions.
  const entering = await Promise.all(times(ASKERS, () => signUp(nodes.client)));
  let over = false;
  const isOver = () => over;

  const watching = servers.flatMap((server, at) =>
    times(2, async (lane) => {
      while (!over) {
        const { token } = kept[(at + lane) % kept.length] as { readonly token: string };
        const answer = await verify(server.client, token);
        verified[at]?.push(answer);
        if (answer.status !== 200 && !(answer.status === 503 && isHonest(answer)))
          faults.push(`verify: ${describe(answer)}`);
        await sleep(5);
      }
    }),
  );
  const asking = times(ASKERS, async (lane) => {
    const { email } = entering[lane] as { readonly email: string };
    while (!over) {
      const entered = await login(client, email);
      const token = tokenOf(entered);
      const ended = entered.status === 200 ? await logout(client, token) : undefined;
      if (ended?.status !== 200) {
        await sleep(20);
        continue;
      }
      count.revoked++;
      const answers = await Promise.all(servers.map((server) => verify(server.client, token)));
      count.accepted += answers.filter(({ status }) => status === 200).length;
      others.push(...answers);
    }
  });
  const acting = times(ACTORS, async () => {
    faults.push(...(await actUntil(isOver, { client, chance, ledger })));
  });
  await sleep(300);
  await happening();
  await sleep(300);
  over = true;
  await Promise.all([...watching, ...asking, ...acting]);
  for (const answer of others) if (!isHonest(answer)) faults.push(describe(answer));
  return { ledger, verified, others, faults, revokedAccepted: count.accepted, revoked: count.revoked };
}

function noting(client: Client, outcomes: Outcome[]): Client {
  return {
    ...client,
    async send(...sent) {
      const outcome = await client.send(...sent);
      outcomes.push(outcome);
      return outcome;
    },
  };
}

export interface Limits {
  /** How long an answer to a token's check may take, and any other. */
  readonly verifyMs: number;
  readonly answerMs: number;
}

/** What holds whatever happens. */
export function judgeSeen(name: string, seen: Seen, { verifyMs, answerMs }: Limits): void {
  const verified = seen.verified.flat();
  const slowest = (outcomes: readonly Outcome[]) => Math.max(0, ...outcomes.map(({ ms }) => ms));
  const waits = verified.map(({ ms }) => ms);
  say(
    `${name}: verify ${tally(verified.map(({ status }) => status))} (p50 ${quantile(waits, 0.5).toFixed(1)}, ` +
      `p99 ${quantile(waits, 0.99).toFixed(0)} ms); others ${tally(seen.others.map(({ status }) => status))}`,
  );
  expectNone(
    seen.faults.length,
    `${name}: answers other than 200 or a correct 503${seen.faults[0] ? ` (${seen.faults[0]})` : ""}`,
  );
  expectNone(seen.revokedAccepted, `${name}: revoked tokens accepted, of ${seen.revoked} revocations`);
  expectThat(slowest(verified) < verifyMs, `${name}: slowest verify ${slowest(verified).toFixed(0)} ms`);
  expectThat(
    slowest(seen.others) < answerMs,
    `${name}: slowest answer ${slowest(seen.others).toFixed(0)} ms`,
  );
}

/** What was acknowledged holds, whichever server is asked. */
export async function auditSeen({ client }: Nodes, { ledger }: Pick<Seen, "ledger">): Promise<Verdict> {
  const verdict: Verdict = { lost: [], half: [], revived: [], checked: 0 };
  await forEach(ledger, (entry) => audit(client, entry, verdict));
  return verdict;
}

export async function judgeLedger(name: string, nodes: Nodes, seen: Pick<Seen, "ledger">): Promise<void> {
  const { lost, half, revived, checked } = await auditSeen(nodes, seen);
  const sample = (texts: readonly string[]) => (texts[0] === undefined ? "" : ` (${texts[0]})`);
  expectNone(lost.length, `${name}: acknowledged and lost, of ${checked} promises${sample(lost)}`);
  expectNone(half.length, `${name}: half made${sample(half)}`);
  expectNone(revived.length, `${name}: ended and revived${sample(revived)}`);
}

/** Resolves to how long it took until every server answers to reads and writes. */
export async function untilNormal({ servers }: Nodes): Promise<number> {
  const fromMs = performance.now();
  const isNormal = async ({ client }: Server) => {
    const { status, json } = await client.send("GET", "/readyz");
    return status === 200 && json?.status === "ok" && (await signUp(client).catch(() => undefined));
  };
  await Promise.all(
    servers.map(async (server) => {
      while (performance.now() - fromMs < NORMAL_WITHIN_MS && !(await isNormal(server))) await sleep(10);
    }),
  );
  return performance.now() - fromMs;
}
