import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { postgresPrograms } from "../programs.mjs";
import { freePort, runChild, startChild, stopChild } from "./children.mjs";

const server = createRequire(join(import.meta.dirname, "../../apps/server/package.json"));
/** Room for a million users and their sessions, as a server of its own would have. */
const SETTINGS = ["max_connections=200", "shared_buffers=512MB", "max_wal_size=4GB"];

/** @typedef {Awaited<ReturnType<typeof startPostgres>>} PostgresServer */

/** The bench's own cluster, which acknowledges what is on disk; each server gets a database of it. */
export async function startPostgres() {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("PostgreSQL is not installed");
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = ["-D", data, "-U", "latchkey", "--auth=trust", "-E", "UTF8", "--locale=C"];
  await runChild(join(programs, "initdb"), options, { cwd: folder, ...user, timeoutMs: 60_000 });
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    ...SETTINGS,
  ];
  const words = ["-D", data, ...settings.flatMap((each) => ["-c", each])];
  const { child } = startChild(join(programs, "postgres"), words, { cwd: folder, ...user });
  const origin = `postgres://latchkey@127.0.0.1:${port}`;
  const deadlineMs = performance.now() + 30_000;
  while (!(await query(`${origin}/postgres`, "SELECT 1").catch(() => undefined))) {
    if (performance.now() > deadlineMs) throw new Error("PostgreSQL did not start");
    await sleep(50);
  }
  let databases = 0;
  return {
    pid: /** @type {number} */ (child.pid), // Safe: it answers.
    async newDatabase() {
      const name = `bench${++databases}`;
      await query(`${origin}/postgres`, `CREATE DATABASE ${name}`);
      return `${origin}/${name}`;
    },
    async stop() {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} url @param {string} statements */
export async function query(url, statements) {
  const { Client } = server("pg");
  const client = new Client(url);
  client.on("error", () => {});
  try {
    await client.connect();
    return await client.query(statements);
  } finally {
    await client.end().catch(() => {});
  }
}

/** @param {"-u" | "-g"} kind */
const idOf = (kind) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
