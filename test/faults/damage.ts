// A damaged database, a torn write-ahead log, a first start that is killed, two first starts at once.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { forEach, freshEmail, login, register, signUp, times } from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { type Chance, openChance } from "./support/random.js";
import { expectNone, expectThat, prove, say } from "./support/report.js";
import { ended, launch, sleep, startServer } from "./support/server.js";

const USERS = 400;
const FIRST_STARTS = 20;
const PAIRS = 12;
const TEARS = 12;

await prove("damage", async () => {
  const chance = openChance();
  say(`seed ${chance.seed}`);
  const sound = await soundDatabase();
  const size = statSync(sound).size;
  const scribble = (at: number, length: number) => (bytes: Buffer) => {
    for (let i = at; i < Math.min(at + length, bytes.length); i++) bytes[i] = chance.between(0, 255);
    return bytes;
  };
  await refuses(sound, "head overwritten", scribble(0, 100));
  await refuses(sound, "first page overwritten", scribble(100, 3900));
  // Where rows are: further on there is still unused space.
  await refuses(sound, "pages of tables overwritten", scribble(16 * 4096, 8192));
  await refuses(sound, "every tenth page overwritten", (bytes) => {
    for (let at = 40_960; at < bytes.length; at += 40_960) scribble(at, 4096)(bytes);
    return bytes;
  });
  await refuses(sound, "cut in half", (bytes) => bytes.subarray(0, Math.floor(size / 2)));
  await refuses(sound, "cut within a page", (bytes) => bytes.subarray(0, size - 1000));
  await refuses(sound, "somebody's notes", () =>
    Buffer.from("not a database, but somebody's notes\n".repeat(500)),
  );
  await damagedWithLog(chance);
  await tornLogs(chance);
  await firstStartsKilled(chance);
  await twoFirstStarts();
});

/** Enough users and sessions for many pages, without side files. */
async function soundDatabase(): Promise<string> {
  const server = await startServer();
  await forEach(times(USERS, freshEmail), async (email) => {
    await register(server.client, email);
    await login(server.client, email);
  });
  await server.stop("SIGTERM");
  say(`an intact database: ${USERS} users, ${(statSync(server.databasePath).size / 1024).toFixed(0)} KiB`);
  expectThat(!existsSync(`${server.databasePath}-wal`), "a clean stop leaves one file");
  return server.databasePath;
}

function digest(path: string): string {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "none";
}

/** Starts on a damaged copy: the server must exit with one sentence and leave the file unchanged. */
async function refuses(sound: string, name: string, damage: (bytes: Buffer) => Buffer): Promise<void> {
  const path = join(temporaryFolder(), "latchkey.db");
  writeFileSync(path, damage(readFileSync(sound)), { mode: 0o600 });
  await refusesFile(path, name);
}

async function refusesFile(path: string, name: string): Promise<void> {
  const before = [path, `${path}-wal`].map(digest);
  const launched = await launch({ databasePath: path });
  const code = await ended(launched, 10_000);
  const output = launched.output();
  const after = [path, `${path}-wal`].map(digest);
  launched.process.kill("SIGKILL");
  const says = /damaged.*left unchanged.*backup/s.test(output);
  expectThat(
    code !== undefined && code > 0 && says,
    `${name}: ${code === undefined ? "keeps serving" : `refused with ${code}`}${says ? "" : `: ${output.slice(0, 300)}`}`,
  );
  if (before[1] === "none") after[1] = "none";
  expectThat(before.join() === after.join(), `${name}: the file is untouched`);
}

/** Killed, and damaged afterwards: the log's contents must not be written into the damaged file. */
async function damagedWithLog(chance: Chance): Promise<void> {
  const server = await startServer();
  await forEach(times(60, freshEmail), async (email) => void (await register(server.client, email)));
  await server.stop("SIGTERM");
  const again = await startServer({ databasePath: server.databasePath });
  await forEach(times(20, freshEmail), async (email) => void (await register(again.client, email)));
  await again.stop("SIGKILL");
  const bytes = readFileSync(server.databasePath);
  for (let at = 8192; at < bytes.length; at++) bytes[at] = chance.between(0, 255);
  writeFileSync(server.databasePath, bytes);
  await refusesFile(server.databasePath, "overwritten after a kill, with a log next to it");
}

/**
 * A log that was cut at any byte: every transaction whose commit frame is before the cut is there, and
 * nothing of a later one. Acknowledged users come back as an unbroken sequence.
 */
async function tornLogs(chance: Chance): Promise<void> {
  const server = await startServer();
  const emails = times(60, freshEmail);
  const sizes: number[] = [];
  for (const email of emails) {
    await register(server.client, email);
    sizes.push(statSync(`${server.databasePath}-wal`).size);
  }
  await server.stop("SIGKILL");
  let lost = 0;
  let gaps = 0;
  let refused = 0;
  for (let i = 0; i < TEARS; i++) {
    const path = join(temporaryFolder(), "latchkey.db");
    for (const suffix of ["", "-wal"]) copyFileSync(server.databasePath + suffix, path + suffix);
    const cut = chance.between(0, sizes.at(-1) ?? 0);
    truncateSync(`${path}-wal`, cut);
    const torn = await startServer({ databasePath: path }).catch(() => undefined);
    if (torn === undefined) {
      refused++;
      continue;
    }
    const there = await present(torn.databasePath, emails);
    const acknowledged = sizes.filter((size) => size <= cut).length;
    if (there.slice(0, acknowledged).includes(false)) lost++;
    if (there.lastIndexOf(true) + 1 !== there.filter(Boolean).length) gaps++;
    await torn.stop("SIGTERM");
  }
  say(`a log of ${sizes.at(-1)} bytes, cut at ${TEARS} places`);
  expectNone(refused, "torn log: starts refused");
  expectNone(lost, "torn log: lost although its commit was before the cut");
  expectNone(gaps, "torn log: later ones present, earlier ones missing");
}

async function present(path: string, emails: readonly string[]): Promise<boolean[]> {
  const database = new Database(path, { readonly: true });
  const known = database.prepare("SELECT 1 FROM users WHERE email = ?").pluck();
  const there = emails.map((email) => known.get(email) !== undefined);
  database.close();
  return there;
}

async function firstStartsKilled(chance: Chance): Promise<void> {
  let broken = "";
  let files = 0;
  for (let i = 0; i < FIRST_STARTS; i++) {
    const databasePath = join(temporaryFolder(), "data", "latchkey.db");
    const launched = await launch({ databasePath });
    // A start takes a few hundred milliseconds; most kills should happen while the file is being created.
    const killAtMs = i % 4 === 0 ? chance.between(0, 250) : 400;
    for (const startMs = performance.now(); performance.now() - startMs < killAtMs; ) {
      if (i % 4 !== 0 && existsSync(databasePath)) break;
      await sleep(1);
    }
    await sleep(chance.between(0, 25));
    launched.process.kill("SIGKILL");
    await ended(launched, 5000);
    if (existsSync(databasePath)) files++;
    const server = await startServer({ databasePath }).catch((error: Error) => {
      broken ||= error.message;
      return undefined;
    });
    if (server === undefined) continue;
    await signUp(server.client);
    await server.stop("SIGTERM");
  }
  expectThat(
    broken === "",
    `a first start was killed ${FIRST_STARTS} times (${files} with a file created) and then works ${broken}`,
  );
}

async function twoFirstStarts(): Promise<void> {
  let broken = "";
  for (let i = 0; i < PAIRS; i++) {
    const databasePath = join(temporaryFolder(), "data", "latchkey.db");
    const results = await Promise.allSettled([startServer({ databasePath }), startServer({ databasePath })]);
    const [a, b] = results.map((result) => {
      if (result.status === "rejected") broken ||= String(result.reason);
      return result.status === "fulfilled" ? result.value : undefined;
    });
    if (a !== undefined && b !== undefined) {
      const { token } = await signUp(a.client);
      const answer = await b.client.send("GET", "/api/users/me", { token });
      if (answer.status !== 200) broken ||= `the other one does not accept its token: ${answer.status}`;
    }
    await Promise.all([a?.stop("SIGTERM"), b?.stop("SIGTERM")]);
  }
  expectThat(
    broken === "",
    `two first starts at once in an empty folder, ${PAIRS} times: both work ${broken}`,
  );
}
