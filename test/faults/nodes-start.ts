// Servers start on an empty database, and a newer one brings its migrations while an older one serves.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { signUp, verify } from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { judgeLedger, judgeSeen, startNodes, type Trouble, useNodes } from "./support/nodes.js";
import { databaseUrl, openPostgres } from "./support/postgres.js";
import { expectNone, expectThat } from "./support/report.js";
import { ended, launch, MAIN, sleep, startServer } from "./support/server.js";

const FIRST_STARTS = 12;
const START_WITHIN_MS = 30_000;

export const starts: readonly Trouble[] = [
  { name: "two servers start on an empty database", run: startTogether },
  { name: "a newer server migrates while an older one serves", run: migrateMeanwhile },
];

async function startTogether(name: string): Promise<void> {
  const postgres = await openPostgres();
  const url = (i: number) => databaseUrl(postgres.port).replace(/latchkey$/, `first_start_${i}`);
  const failed: string[] = [];
  let slowestMs = 0;
  for (let i = 0; i < FIRST_STARTS; i++) {
    await postgres.query(`CREATE DATABASE first_start_${i}`);
    const options = { databasePath: url(i) };
    const started = await Promise.allSettled([startServer(options), startServer(options)]);
    const servers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const each of started) if (each.status === "rejected") failed.push(String(each.reason));
    const [one, two = one] = servers;
    if (one === undefined || two === undefined) continue;
    const { token } = await signUp(one.client);
    if ((await verify(two.client, token)).status !== 200)
      failed.push("its token is refused by the other one");
    slowestMs = Math.max(slowestMs, one.startMs, two.startMs);
    for (const server of servers) await server.stop("SIGTERM");
  }
  expectNone(
    failed.length,
    `${name}: failed, of ${FIRST_STARTS}${failed[0] ? ` (${failed[0].slice(0, 300)})` : ""}`,
  );
  expectThat(slowestMs < START_WITHIN_MS, `${name}: slowest start ${slowestMs.toFixed(0)} ms`);
  await postgres.remove();
}

/** What a later version could bring: columns in the tables that are asked most, and a new table. */
const LATER = [
  "ALTER TABLE users ADD COLUMN later text",
  "ALTER TABLE sessions ADD COLUMN later bigint NOT NULL DEFAULT 0",
  "ALTER TABLE sessions ALTER COLUMN later DROP DEFAULT, ALTER COLUMN later SET DEFAULT 1",
  "CREATE INDEX sessions_later ON sessions (later)",
  "CREATE TABLE later (id bigint PRIMARY KEY)",
];

async function migrateMeanwhile(name: string): Promise<void> {
  const postgres = await openPostgres();
  const url = databaseUrl(postgres.port);
  const older = await startNodes([url, url]);
  const main = laterVersion();
  let newer: Awaited<ReturnType<typeof startServer>> | undefined;
  const seen = await useNodes(older, async () => {
    await sleep(500);
    newer = await startServer({ databasePath: url, main });
    await sleep(1500);
  });
  // The migration takes the lock of whole tables for a moment.
  judgeSeen(name, seen, { verifyMs: 2000, answerMs: 3000 });
  expectNone(seen.others.filter(({ status }) => status === 503).length, `${name}: 503 by the older ones`);
  await judgeLedger(name, older, seen);
  expectThat(newer !== undefined, `${name}: the newer one started`);
  await newer?.stop("SIGTERM");
  await older.stop();
  const again = await launch({ databasePath: url });
  const code = await ended(again, START_WITHIN_MS);
  expectThat(code === 1, `${name}: an older one that starts afterwards ends with ${code}`);
  await postgres.remove();
}

/** The built server with one more migration; resolves to its program. */
function laterVersion(): string {
  const folder = temporaryFolder();
  const server = dirname(dirname(MAIN));
  cpSync(join(server, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(server, "migrations"), join(folder, "migrations"), { recursive: true });
  cpSync(join(server, "package.json"), join(folder, "package.json"));
  symlinkSync(join(server, "../../node_modules"), join(folder, "node_modules"));
  const journal = join(folder, "migrations/postgres/meta/_journal.json");
  const { entries, ...rest } = JSON.parse(readFileSync(journal, "utf8"));
  const last = entries.at(-1);
  const next = { ...last, idx: last.idx + 1, when: last.when + 1000, tag: `${last.idx + 1}_later` };
  writeFileSync(journal, JSON.stringify({ ...rest, entries: [...entries, next] }));
  writeFileSync(
    join(folder, `migrations/postgres/${next.tag}.sql`),
    LATER.join(";\n--> statement-breakpoint\n"),
  );
  return join(folder, "dist/main.js");
}
