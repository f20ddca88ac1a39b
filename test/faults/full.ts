// The disk is full, and the log is on it: users with an account sign in and out as usual, from the reserve.
// Registrations answer 503.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, login, verify } from "./support/calls.js";
import { isHonest, type Outcome } from "./support/http.js";
import { expectNone, expectThat, prove, say, skip } from "./support/report.js";
import { loggingTo, type Server, sleep, startServer } from "./support/server.js";
import { fill, mountSmall } from "./support/small-disk.js";
import { begin, judge, type Kept, normalAgain, nothingLost, useIt } from "./support/usage.js";

const USE_MS = 5000;
const NOTICED_WITHIN_MS = 3000;
/** The reserve as the guide states it. */
const KEPT_BYTES = 8 * 1024 * 1024;
const KEPT_WITHIN_MS = 10_000;
/** How many logins must be possible, and how long more of them are tried. */
const LOGINS = 5000;
const TRY_MS = 15_000;
const AT_ONCE = 20;

await prove("full", async () => {
  const mount = mountSmall();
  if (mount === undefined) return skip("no file system can be mounted here (root is needed)");
  const databasePath = join(mount, "data", "latchkey.db");
  const log = join(mount, "latchkey.log");
  const options = { databasePath, ...loggingTo(log) };
  let server = await startServer(options);
  const kept = await begin(server);
  // An account has a limited number of sessions: more would end the oldest, including those that are checked
  // here.
  const others = await begin(server);
  await roomIsKept(server);
  const giveBack = fill(mount);
  await goesOn("disk full", server, kept);

  const code = await server.stop("SIGTERM");
  expectThat(code === 0, `SIGTERM while the log cannot be written: exit code ${code}`);
  fill(mount);
  server = await startServer(options);
  await goesOn("stopped and started while the disk is full", server, kept);

  await server.stop("SIGKILL");
  fill(mount);
  server = await startServer(options);
  await goesOn("killed and started while the disk is full", server, kept);

  await untilItIsUsedUp(server, others);
  const { status } = await verify(server.client, kept[0]?.live[0] ?? "");
  expectThat(status === 200, "a token is checked as usual");
  giveBack();
  await normalAgain("free space again", server);
  await logContinues(log);
  await nothingLost("free space again", server, kept);
  await server.stop("SIGKILL");
  server = await startServer(options);
  await nothingLost("free space again, after a kill", server, kept);
  await server.stop("SIGTERM");
});

/** The lines that were lost are counted in a line, and what is written is whole. */
async function logContinues(path: string): Promise<void> {
  const lines = () => readFileSync(path, "utf8").split("\n").slice(0, -1);
  const report = () => lines().findLast((line) => line.includes("lines were dropped"));
  const fromMs = performance.now();
  while (report() === undefined && performance.now() - fromMs < NOTICED_WITHIN_MS) await sleep(50);
  const [, count = "0"] = /"count":(\d+)/.exec(report() ?? "") ?? [];
  expectThat(Number(count) > 0, `the log continues, and says that ${count} lines were dropped`);
  const torn = lines().filter((line) => !/^\{.*\}$/.test(line)).length;
  // A line that was being written when its process was killed, or stopped on the full disk, is torn.
  expectThat(torn <= 2, `lines of the log that are not whole: ${torn}`);
}

/** Shortly after its start, a server has filled its reserve. */
async function roomIsKept({ databasePath }: Server): Promise<void> {
  const fromMs = performance.now();
  const isKept = () =>
    freeBytes(databasePath) >= KEPT_BYTES && statSync(`${databasePath}-wal`).size >= KEPT_BYTES;
  while (!isKept() && performance.now() - fromMs < KEPT_WITHIN_MS) await sleep(50);
  expectThat(
    isKept(),
    `the reserve is ready ${((performance.now() - fromMs) / 1000).toFixed(1)} s after the start`,
  );
}

function freeBytes(databasePath: string): number {
  const database = new Database(databasePath, { readonly: true });
  const pages = Number(database.pragma("freelist_count", { simple: true }));
  database.close();
  return pages * 4096;
}

async function goesOn(name: string, server: Server, kept: Kept[]): Promise<void> {
  const untilMs = performance.now() + NOTICED_WITHIN_MS;
  const state = async () => (await server.client.send("GET", "/readyz")).json?.checks?.database;
  while ((await state()) !== "read-only" && performance.now() < untilMs) await sleep(20);
  expectThat((await state()) === "read-only", `${name}: /readyz says what is degraded`);
  const fromMs = performance.now();
  const seen = await useIt(server, () => performance.now() - fromMs > USE_MS, kept);
  judge(name, seen);
  for (const call of ["login", "refresh", "logout", "reset"]) {
    const refused = (seen.get(call) ?? []).filter(({ status }) => status !== 200);
    expectNone(refused.length, `${name}: ${call} refused${refused[0] ? ` (${describe(refused[0])})` : ""}`);
  }
  const registered = (seen.get("register") ?? []).filter(({ status }) => status === 200);
  expectNone(registered.length, `${name}: registered nevertheless`);
}

/** No reserve is endless: when it is used up, the disk is as full as anywhere else. */
async function untilItIsUsedUp(server: Server, users: readonly Kept[]): Promise<void> {
  const fromMs = performance.now();
  const before = freeBytes(server.databasePath);
  let entered = 0;
  let refused: Outcome | undefined;
  const enterAgain = async ({ email, password }: Kept) => {
    while (refused === undefined && performance.now() - fromMs < TRY_MS) {
      const answer = await login(server.client, email, password);
      if (answer.status === 200) entered++;
      else refused = answer;
    }
  };
  const clients = Array.from({ length: AT_ONCE }, (_, i) => users[i % users.length] as Kept);
  await Promise.all(clients.map(enterAgain));
  say(`${entered} logins, then ${refused === undefined ? "the time was over" : describe(refused)}`);
  const each = (before - freeBytes(server.databasePath)) / Math.max(entered, 1);
  say(`${each.toFixed(0)} bytes of the reserve per login, ${KEPT_BYTES / 2} to ${KEPT_BYTES} are kept`);
  const lasts = refused === undefined || entered >= LOGINS;
  expectThat(lasts, `the reserve lasts for ${LOGINS} logins, or for as many as were tried`);
  expectThat(refused === undefined || isHonest(refused), "what is refused then is refused correctly");
}
