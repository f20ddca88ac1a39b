import { once } from "node:events";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { postgresPrograms } from "../programs.mjs";
import { createDatabase } from "../support/postgres.js";
import { startCluster } from "../support/postgres-cluster.js";
import { forEach } from "./support/calls.js";
import { adopt, end, isRunning, start, temporaryFolder } from "./support/children.js";
import type { Client, Outcome } from "./support/http.js";
import { act, audit, type Entry, type Verdict } from "./support/ledger.js";
import { openChance } from "./support/random.js";
import { expectNone, expectThat, prove, quantile, say, skip, tally } from "./support/report.js";
import { MAIN, type Server, sleep, startServer } from "./support/server.js";

const SERVERS = 3;
const CLIENTS = 2;
const USERS = Number(process.env.MOVE_USERS ?? 30_000);
const KILLS = 20;
const LONGEST_MS = 1000;
const PHASES = ["Copying", "Catching up", "Comparing", "Waiting until", "Switching"];

await prove(
  "move",
  async () => {
    if (postgresPrograms() === undefined) return skip("PostgreSQL is not installed");
    const chance = openChance();
    const postgres = await startCluster({ durable: true });
    adopt(postgres.process());
    const url = await createDatabase(postgres.url);
    const databasePath = join(temporaryFolder(), "latchkey.db");
    await (await startServer({ databasePath })).stop("SIGTERM");
    fill(databasePath, USERS);

    const answers: Outcome[] = [];
    const ledger: Entry[] = [];
    const faults: string[] = [];
    const acting: Array<Promise<void>> = [];
    let stopping = false;
    const servers: Server[] = [];
    const serve = async () => {
      const server = await startServer({ databasePath, environment: { LOG_LEVEL: "info" } });
      servers.push(server);
      for (let i = 0; i < CLIENTS; i++) {
        const client = observed(server.client, () => stopping, answers);
        acting.push(act(client, chance, ledger).then((fault) => void (fault && faults.push(fault))));
      }
      return server;
    };
    for (let i = 0; i < SERVERS; i++) await serve();

    let kills = 0;
    const move = () => startMover(databasePath, url);
    for (; kills < KILLS; kills++) {
      const mover = move();
      await Promise.race([sleep(chance.between(200, 5000)), once(mover.child, "exit")]);
      await end(mover.child, "SIGKILL");
      if (hasMoved(databasePath)) break;
    }
    say(`killed ${kills} times at random`);
    for (const phase of PHASES) {
      if (hasMoved(databasePath)) break;
      const mover = move();
      await mover.reached(phase);
      await end(mover.child, "SIGKILL");
      say(`killed at: ${phase}`);
    }
    if (!hasMoved(databasePath)) {
      const mover = move();
      for (const phase of PHASES.slice(0, 4)) {
        await mover.reached(phase);
        if (!isRunning(mover.child)) break;
        await postgres.end("SIGINT");
        await postgres.start();
        adopt(postgres.process());
        if (phase === "Comparing") {
          await servers[0]?.stop("SIGKILL");
          await serve();
        }
        say(`PostgreSQL was restarted at: ${phase}`);
      }
      const code = isRunning(mover.child) ? (await once(mover.child, "exit"))[0] : mover.child.exitCode;
      expectThat(
        code === 0,
        `the last mover: ${code} ${mover.output().trim().split("\n").slice(-3).join(" ")}`,
      );
    }
    expectThat(hasMoved(databasePath), "the store has moved");
    await sleep(2000);
    stopping = true;
    await Promise.all(acting);

    const verdict: Verdict = { lost: [], half: [], revived: [], checked: 0 };
    const last = servers.at(-1) as Server; // Safe: there are several.
    await forEach(ledger, (entry) => audit(last.client, entry, verdict));
    const answered = answers.filter(({ status }) => status !== 0);
    const failed = answered.filter(({ status }) => status >= 500);
    const ms = answered.map((each) => each.ms);
    say(`${ledger.length} users, ${verdict.checked} promises checked, ${answered.length} answers`);
    say(
      `answers: ${tally(answered.map(({ status }) => status))}; p50 ${quantile(ms, 0.5).toFixed(0)} ms, p99 ${quantile(ms, 0.99).toFixed(0)} ms`,
    );
    expectThat(ledger.length > SERVERS * CLIENTS, "the load did something");
    expectNone(verdict.lost.length, `acknowledged and lost ${verdict.lost.slice(0, 3).join("; ")}`);
    expectNone(verdict.half.length, `half made ${verdict.half.slice(0, 3).join("; ")}`);
    expectNone(verdict.revived.length, `ended and revived ${verdict.revived.slice(0, 3).join("; ")}`);
    expectNone(failed.length, "answers of 500 and more");
    expectNone(faults.length, `other answers than 200 ${faults.slice(0, 3).join("; ")}`);
    const longest = quantile(ms, 1);
    expectThat(longest < LONGEST_MS, `longest answer: ${longest.toFixed(0)} ms`);
    for (const server of servers) await server.stop("SIGTERM");
  },
  900,
);

/** Notes each answer; once it is time to stop, there is none any more. */
function observed(client: Client, isStopping: () => boolean, answers: Outcome[]): Client {
  return {
    ...client,
    async send(...sent) {
      if (isStopping()) return { status: 0, json: undefined, headers: {}, ms: 0 };
      const outcome = await client.send(...sent);
      answers.push(outcome);
      return outcome;
    },
  };
}

function startMover(databasePath: string, url: string) {
  const child = start(process.execPath, [join(dirname(MAIN), "cli.js"), "store", "move", "--to", url], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, DATABASE_URL: databasePath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      written += chunk.toString("utf8");
    });
  return {
    child,
    output: () => written,
    async reached(phase: string) {
      while (!written.includes(phase) && isRunning(child)) await sleep(1);
    },
  };
}

function hasMoved(path: string): boolean {
  const connection = new Database(path, { readonly: true });
  const found = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'moved_to'").get();
  connection.close();
  return found !== undefined;
}

/** Many accounts, so that a copy takes a while. */
function fill(path: string, users: number): void {
  const connection = new Database(path);
  connection.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${users})
    INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
      SELECT 'filled-' || i, 'f' || i || '@example.com', 'f' || i || '@example.com', 'f' || i, 'f' || i, 'none', i, i FROM n;
    INSERT INTO user_info (user_id, first_name) SELECT id, 'San' FROM users WHERE uuid GLOB 'filled-*'`);
  connection.close();
}
