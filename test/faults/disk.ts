// The database cannot be written: disk full, file read-only, locked by another process. Reads go on, writes answer 503.
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import {
  describe,
  freshEmail,
  login,
  logout,
  me,
  PASSWORD,
  refresh,
  register,
  reset,
  signIn,
  signUp,
  times,
  tokenOf,
  verify,
} from "./support/calls.js";
import { atEnd } from "./support/children.js";
import { isHonest, type Outcome } from "./support/http.js";
import { expectNone, expectThat, prove, quantile, say, skip, tally } from "./support/report.js";
import { ended, launch, type Server, sleep, startServer } from "./support/server.js";
import { fill, mountSmall } from "./support/small-disk.js";

const FULL_MS = 6000;
const LOCK_MS = 5000;
const NORMAL_WITHIN_MS = 5000;
const LATEST_MS = 3000;

await prove("disk", async () => {
  const mount = mountSmall();
  if (mount === undefined) {
    skip(
      "no file system of a few MiB can be mounted here (root is needed): a limit on the file's size instead",
    );
    await withoutRoom("size limit", await startServer(), limitSize);
  } else {
    await withoutRoom(
      "disk full",
      await startServer({ databasePath: join(mount, "data", "latchkey.db") }),
      () => fill(mount),
    );
    await readOnlyStart(mount);
  }
  await readOnly();
  await locked();
});

/** No file of the server's may grow any more. */
function limitSize({ pid, databasePath }: Server): () => void {
  const set = (bytes: string) => execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  set(String(statSync(`${databasePath}-wal`).size));
  return () => set("unlimited");
}

interface Kept {
  readonly email: string;
  password: string;
  readonly live: string[];
  readonly dead: string[];
}

/** Everything that a client can do, again and again; notes what was acknowledged. */
async function useIt(
  { client }: Server,
  isOver: () => boolean,
  kept: Kept[],
): Promise<Map<string, Outcome[]>> {
  const seen = new Map<string, Outcome[]>();
  const note = (name: string, outcome: Outcome) => {
    seen.set(name, [...(seen.get(name) ?? []), outcome]);
    return outcome.status === 200 ? outcome : undefined;
  };
  for (let i = 0; !isOver(); i++) {
    const one = kept[i % kept.length] as Kept;
    const [token = ""] = one.live;
    note("verify", await verify(client, token));
    note("me", await me(client, token));
    const entered = note("login", await login(client, one.email, one.password));
    if (entered) one.live.push(tokenOf(entered));
    const [first = "", second = ""] = one.live;
    const refreshed = one.live.length > 1 && note("refresh", await refresh(client, second));
    if (refreshed) one.dead.push(...one.live.splice(1, 1, tokenOf(refreshed)));
    if (one.live.length > 2 && note("logout", await logout(client, first)))
      one.dead.push(...one.live.splice(0, 1));
    const changed = `password ${i}`;
    if (i % 5 === 4 && note("reset", await reset(client, one.email, { old: one.password, new: changed }))) {
      one.dead.push(...one.live.splice(0));
      one.password = changed;
      one.live.push(await signIn(client, one.email, changed).catch(() => ""));
    }
    const email = freshEmail();
    if (note("register", await register(client, email)))
      kept.push({ email, password: PASSWORD, live: [], dead: [] });
    await sleep(10);
  }
  return seen;
}

async function begin({ client }: Server): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const _ of times(5, Number)) {
    const { email, token } = await signUp(client);
    kept.push({ email, password: PASSWORD, live: [token], dead: [] });
  }
  return kept;
}

async function withoutRoom(
  name: string,
  server: Server,
  take: (server: Server) => () => void,
): Promise<void> {
  const kept = await begin(server);
  const giveBack = take(server);
  const fromMs = performance.now();
  const seen = await useIt(server, () => performance.now() - fromMs > FULL_MS, kept);
  const { status, json } = await server.client.send("GET", "/readyz");
  expectThat(
    status === 200 && json?.checks?.database === "read-only",
    `${name}: /readyz says what is degraded: ${status} ${JSON.stringify(json)}`,
  );
  judge(name, seen);
  giveBack();
  await normalAgain(name, server);
  await nothingLost(name, server, kept);
  await server.stop("SIGKILL");
  const again = await startServer({ databasePath: server.databasePath });
  await nothingLost(`${name}, after a kill`, again, kept);
  await again.stop("SIGTERM");
}

function judge(name: string, seen: ReadonlyMap<string, Outcome[]>): void {
  const all = [...seen.values()].flat();
  for (const [call, outcomes] of seen)
    say(`${name}: ${call}: ${tally(outcomes.map(({ status }) => status))}`);
  const reads = [...(seen.get("verify") ?? []), ...(seen.get("me") ?? [])].filter(
    ({ status }) => status !== 200,
  );
  expectNone(reads.length, `${name}: reads refused${reads[0] ? ` (${describe(reads[0])})` : ""}`);
  const faults = all.filter((outcome) => outcome.status === 0 || !isHonest(outcome));
  expectNone(
    faults.length,
    `${name}: answers other than 200 or an honest 503${faults[0] ? ` (${describe(faults[0])})` : ""}`,
  );
  const refused = all.filter(({ status }) => status === 503).length;
  // A login writes the session that its token stands for: without it the token could not be revoked.
  const entered = seen.get("login")?.filter(({ status }) => status === 200).length;
  if (entered === 0) say(`${name}: not promised: no login was possible`);
  expectThat(refused > 0, `${name}: writes were impossible: ${refused} times 503`);
  const latest = Math.max(...all.map(({ ms }) => ms));
  expectThat(latest < LATEST_MS, `${name}: latest answer ${latest.toFixed(0)} ms`);
}

async function normalAgain(name: string, server: Server): Promise<void> {
  const fromMs = performance.now();
  let answer: Outcome;
  do {
    answer = await register(server.client, freshEmail());
  } while (answer.status !== 200 && performance.now() - fromMs < NORMAL_WITHIN_MS);
  expectThat(
    answer.status === 200,
    `${name}: normal again without a restart after ${(performance.now() - fromMs).toFixed(0)} ms`,
  );
}

async function nothingLost(name: string, { client }: Server, kept: readonly Kept[]): Promise<void> {
  let lost = 0;
  let revived = 0;
  for (const { email, password, live, dead } of kept) {
    if ((await login(client, email, password)).status !== 200) lost++;
    for (const token of live) if (token !== "" && (await verify(client, token)).status !== 200) lost++;
    for (const token of dead) if ((await verify(client, token)).status === 200) revived++;
  }
  expectNone(lost, `${name}: acknowledged and lost, of ${kept.length} users`);
  expectNone(revived, `${name}: ended and revived`);
}

/** The files turn read-only under the server, as a file system does that has found errors. */
async function readOnly(): Promise<void> {
  const server = await startServer();
  const kept = await begin(server);
  const files = [server.databasePath, `${server.databasePath}-wal`];
  const set = (flag: "+i" | "-i") => spawnSync("chattr", [flag, ...files]).status === 0;
  atEnd(() => set("-i"));
  if (!set("+i")) {
    skip("read-only under way: files cannot be made immutable here (root is needed)");
  } else {
    const fromMs = performance.now();
    judge("read-only", await useIt(server, () => performance.now() - fromMs > FULL_MS / 2, kept));
    set("-i");
    await normalAgain("read-only", server);
    await nothingLost("read-only", server, kept);
  }
  await server.stop("SIGTERM");
}

/** A server that may not write its file does not start, says why, and starts when it may. */
async function readOnlyStart(mount: string): Promise<void> {
  const databasePath = join(mount, "data", "latchkey.db");
  const set = (mode: string) => execFileSync("mount", ["-o", `remount,${mode}`, mount]);
  set("ro");
  const launched = await launch({ databasePath });
  const code = await ended(launched, 10_000);
  set("rw");
  const says = launched.output().includes("cannot be opened for writing");
  expectThat(code === 1 && says, `read-only at the start: refused with ${code}: ${launched.output().trim()}`);
  const server = await startServer({ databasePath });
  await signUp(server.client);
  await server.stop("SIGTERM");
}

/** Another process holds the lock: a backup, somebody's shell. */
async function locked(): Promise<void> {
  const server = await startServer();
  const kept = await begin(server);
  const other = new Database(server.databasePath);
  other.exec("BEGIN IMMEDIATE");
  const fromMs = performance.now();
  const using = times(kept.length, (i) =>
    useIt(server, () => performance.now() - fromMs > LOCK_MS, [kept[i] as Kept]),
  );
  const reads: number[] = [];
  while (performance.now() - fromMs < LOCK_MS) {
    reads.push((await verify(server.client, kept[0]?.live[0] ?? "")).ms);
    await sleep(5);
  }
  other.exec("ROLLBACK");
  other.close();
  const seen = new Map<string, Outcome[]>();
  for (const each of await Promise.all(using))
    for (const [name, outcomes] of each) seen.set(name, [...(seen.get(name) ?? []), ...outcomes]);
  judge("locked for 5 s", seen);
  const p99 = quantile(reads, 0.99);
  expectThat(
    p99 < 100,
    `locked for 5 s: verify meanwhile p50 ${quantile(reads, 0.5).toFixed(1)}, p99 ${p99.toFixed(1)} ms`,
  );
  await normalAgain("locked for 5 s", server);
  await nothingLost("locked for 5 s", server, kept);
  await server.stop("SIGTERM");
}
