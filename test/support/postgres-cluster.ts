import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { postgresPrograms } from "../programs.mjs";
import { freePort } from "./port.js";
import { preferOverTests } from "./priority.js";

/** A PostgreSQL of the caller's own, in a folder of its own, never on the default port. */
export interface PostgresCluster {
  /** `postgres://…@127.0.0.1:<port>`, without a database's name. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The postmaster. */
  process(): ChildProcess;
  /** The postmaster and all processes that it has started. */
  processIds(): number[];
  /** Starts it, if it does not run; resolves when it accepts connections. */
  start(): Promise<void>;
  /** `SIGINT` ends all connections, `SIGQUIT` ends without writing anything; `SIGKILL` ends every process. */
  end(signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Makes another cluster that follows this one, which must run. It is not started. */
  follow(name: string): Promise<PostgresCluster>;
  /** Runs one of PostgreSQL's programs as the user that PostgreSQL runs as. */
  run(program: string, ...args: readonly string[]): Promise<void>;
  /** Runs a statement in the database `postgres`. */
  query<R extends object>(text: string): Promise<readonly R[]>;
  /** Ends it and deletes its folder. */
  remove(): Promise<void>;
}

export interface ClusterOptions {
  /** Whether what is committed is on disk, as in production; otherwise much is faster. */
  readonly durable?: boolean;
  /** Further options of `initdb`. */
  readonly initdb?: readonly string[];
  /** Further settings, as `name=value`. */
  readonly settings?: readonly string[];
}

/** PostgreSQL refuses to run as root. */
interface User {
  readonly uid?: number;
  readonly gid?: number;
}

const FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/** Makes a cluster and starts it. */
export async function startCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const { durable = false, initdb = [], settings = [] } = options;
  const user = process.getuid?.() === 0 ? unprivileged() : {};
  const folder = await ownFolder(user);
  const made = ["-D", join(folder, "data"), "-U", "latchkey", "--auth=trust", "-E", "UTF8", "--locale=C"];
  await runAs(user, folder, "initdb", [...made, "--no-sync", ...initdb]);
  const cluster = await clusterIn(folder, user, [...(durable ? [] : FAST), ...settings]);
  await cluster.start();
  return cluster;
}

async function clusterIn(folder: string, user: User, settings: readonly string[]): Promise<PostgresCluster> {
  const port = await freePort();
  const all = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    ...settings,
  ];
  const url = `postgres://latchkey@127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  const running = () => {
    if (child === undefined) throw new Error("PostgreSQL was never started");
    return child;
  };
  const cluster: PostgresCluster = {
    url,
    port,
    folder,
    process: running,
    processIds: () => familyOf(running().pid ?? 0),
    async start() {
      if (isRunning()) return;
      const args = ["-D", join(folder, "data"), ...all.flatMap((each) => ["-c", each])];
      child = spawn(program("postgres"), args, { ...user, cwd: folder, stdio: "ignore" });
      preferOverTests(child);
      await accepting(`${url}/postgres`, child);
    },
    async end(signal) {
      if (!isRunning()) return;
      const gone = once(running(), "exit");
      const ids = signal === "SIGKILL" ? cluster.processIds() : [running().pid ?? 0];
      for (const id of ids) send(signal, id);
      await gone;
      // PostgreSQL does not start while a process of its earlier life still has its memory.
      while (ids.some(lives)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async follow(name) {
      const own = await ownFolder(user);
      const from = `host=127.0.0.1 port=${port} user=latchkey application_name=${name}`;
      const copy = ["-D", join(own, "data"), "-d", from, "-R", "--no-sync", "--checkpoint=fast"];
      await runAs(user, own, "pg_basebackup", copy);
      return clusterIn(own, user, settings);
    },
    run: (name, ...args) => runAs(user, folder, name, args),
    query: (text) => queryOnce(`${url}/postgres`, text),
    async remove() {
      await cluster.end("SIGQUIT");
      await rm(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

function program(name: string): string {
  const folder = postgresPrograms();
  if (folder === undefined)
    throw new Error("PostgreSQL is not installed: `npm test` installs it where it can");
  // The folder may hold links to only some of them.
  return join(dirname(realpathSync(join(folder, "postgres"))), name);
}

/** The user that PostgreSQL's packages made. */
export function unprivileged(): User {
  const idOf = (kind: string) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** A new folder that belongs to this user. */
export async function ownFolder({ uid, gid }: User): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-postgres-"));
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  return folder;
}

async function runAs(user: User, cwd: string, name: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program(name), [...args], { ...user, cwd });
}

async function queryOnce<R extends object>(url: string, text: string): Promise<R[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

async function accepting(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`PostgreSQL ended with ${server.exitCode ?? server.signalCode}`);
    try {
      await queryOnce(url, "SELECT 1");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Sends a signal to a process that may be gone. */
function send(signal: NodeJS.Signals, id: number): void {
  try {
    process.kill(id, signal);
  } catch {
    // It is gone.
  }
}

/** Whether a process has not ended, as Linux knows it: one whose parent has not noticed yet is a zombie. */
function lives(id: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A process and its children, as Linux knows them. */
function familyOf(id: number): number[] {
  try {
    const children = readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim();
    return [id, ...(children === "" ? [] : children.split(" ").map(Number))];
  } catch {
    return [id];
  }
}
