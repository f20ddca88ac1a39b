// The database cannot be written: files that cannot grow, read-only files, a lock held by another process.
// Reads continue, writes answer 503.
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { signUp, times, verify } from "./support/calls.js";
import { atEnd, temporaryFolder } from "./support/children.js";
import type { Outcome } from "./support/http.js";
import { expectThat, prove, quantile, skip } from "./support/report.js";
import { ended, launch, loggingTo, type Server, sleep, startServer } from "./support/server.js";
import { mountSmall } from "./support/small-disk.js";
import { begin, judge, type Kept, normalAgain, nothingLost, useIt } from "./support/usage.js";

const FULL_MS = 6000;
const LOCK_MS = 5000;

await prove("disk", async () => {
  const mount = mountSmall();
  if (mount === undefined) skip("no file system can be mounted here (root is needed)");
  else await readOnlyStart(mount);
  const log = join(temporaryFolder(), "latchkey.log");
  await withoutRoom("size limit, also for the log", await startServer(loggingTo(log)), limitSize);
  await readOnly();
  await locked();
});

/** None of the server's files may grow any more. */
function limitSize({ pid, databasePath }: Server): () => void {
  const set = (bytes: string) => execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  set(String(statSync(`${databasePath}-wal`).size));
  return () => set("unlimited");
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

/** The files become read-only under the server, as on a file system that has found errors. */
async function readOnly(): Promise<void> {
  const server = await startServer();
  const kept = await begin(server);
  const files = [server.databasePath, `${server.databasePath}-wal`];
  const set = (flag: "+i" | "-i") => spawnSync("chattr", [flag, ...files]).status === 0;
  atEnd(() => set("-i"));
  if (!set("+i")) {
    skip("read-only while running: files cannot be made immutable here (root is needed)");
  } else {
    const fromMs = performance.now();
    judge("read-only", await useIt(server, () => performance.now() - fromMs > FULL_MS / 2, kept));
    set("-i");
    await normalAgain("read-only", server);
    await nothingLost("read-only", server, kept);
  }
  await server.stop("SIGTERM");
}

/** A server that may not write its file does not start, says why, and starts once it may. */
async function readOnlyStart(mount: string): Promise<void> {
  const databasePath = join(mount, "data", "latchkey.db");
  const set = (mode: string) => execFileSync("mount", ["-o", `remount,${mode}`, mount]);
  await (await startServer({ databasePath })).stop("SIGTERM");
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

/** Another process holds the lock: a backup, or a user's shell. */
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
