import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { pgbouncerProgram } from "../programs.mjs";
import { freePort } from "./port.js";
import { ownFolder, unprivileged } from "./postgres-cluster.js";
import { preferOverTests } from "./priority.js";

/** Whether there is a PgBouncer that keeps prepared statements. */
export const HAS_PGBOUNCER = pgbouncerProgram() !== undefined;

export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

/** Further lines of its settings. */
type Lines = readonly string[];

/** Starts a PgBouncer that lends connections to a PostgreSQL on this machine, each for one transaction. */
export async function startPgbouncer(
  postgresPort: number,
  lines: Lines = [],
  givenPort?: number,
): Promise<Pooler> {
  const file = pgbouncerProgram();
  if (file === undefined) throw new Error("PgBouncer 1.21 or later is not installed");
  const user = process.getuid?.() === 0 ? unprivileged() : {};
  const folder = await ownFolder(user);
  const port = givenPort ?? (await freePort());
  const settings = [
    "[databases]",
    `* = host=127.0.0.1 port=${postgresPort} user=latchkey`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = any",
    "pool_mode = transaction",
    "max_prepared_statements = 200",
    "max_client_conn = 1000",
    // Each test has a database of its own, for which no connections are kept.
    "server_idle_timeout = 1",
    ...lines,
  ];
  const ini = join(folder, "pgbouncer.ini");
  await writeFile(ini, settings.join("\n"));
  const child = spawn(file, ["-q", ini], { ...user, cwd: folder, stdio: "ignore" });
  preferOverTests(child);
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, "127.0.0.1");
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}
