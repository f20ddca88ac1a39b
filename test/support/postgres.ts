import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { openPostgres } from "../../apps/server/src/database/postgres/postgres.js";
import { postgresPrograms } from "../programs.mjs";
import { freePort } from "./port.js";

/** The folder of PostgreSQL's migrations. */
export const POSTGRES_MIGRATIONS = fileURLToPath(
  new URL("../../apps/server/migrations/postgres", import.meta.url),
);

export interface PostgresServer {
  /** `postgres://…@127.0.0.1:<port>`, without a database's name. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The postmaster. */
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

interface ClusterOptions {
  /** Whether what is committed is on disk, as in production; otherwise much is faster. */
  readonly durable?: boolean;
}

/** Starts a cluster of its own in a folder of its own, on a free port, and never on the default one. */
export async function startPostgres({ durable = false }: ClusterOptions = {}): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (programs === undefined)
    throw new Error("PostgreSQL is not installed: `npm test` installs it where it can");
  const folder = await mkdtemp(join(tmpdir(), "latchkey-postgres-"));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = ["-D", data, "-U", "latchkey", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  await promisify(execFile)(join(programs, "initdb"), options, { ...user, cwd: folder });
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ];
  const child = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((each) => ["-c", each])], {
    ...user,
    cwd: folder,
    stdio: "ignore",
  });
  const url = `postgres://latchkey@127.0.0.1:${port}`;
  await accepting(`${url}/postgres`, child);
  return {
    url,
    port,
    folder,
    process: child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGQUIT");
        await once(child, "exit");
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function unprivileged(): { readonly uid: number; readonly gid: number } {
  const idOf = (kind: string) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function accepting(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    const client = new pg.Client(url);
    try {
      await client.connect();
      return await client.end();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const TEMPLATE = "template_latchkey";
let databases = 0;

/** Makes a database with all tables, which others are copied from: that is much faster than migrating each. */
export async function makeTemplate(server: string): Promise<void> {
  await execute(server, `CREATE DATABASE ${TEMPLATE}`);
  const postgres = await openPostgres({ url: `${server}/${TEMPLATE}`, migrations: POSTGRES_MIGRATIONS });
  await postgres.close();
}

/** Creates an empty database in a cluster; resolves to its URL. */
export async function createDatabase(server: string, options = ""): Promise<string> {
  const name = `test_${process.pid}_${databases++}`;
  await execute(server, `CREATE DATABASE ${name} ${options}`);
  return `${server}/${name}`;
}

/** The same, with all tables. */
export const createMigrated = (server: string) => createDatabase(server, `TEMPLATE ${TEMPLATE}`);

/** Deletes a database, and ends the connections to it. */
export async function dropDatabase(url: string): Promise<void> {
  const { origin, name } = partsOf(url);
  await execute(origin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

function partsOf(url: string): { readonly origin: string; readonly name: string } {
  const at = url.lastIndexOf("/");
  return { origin: url.slice(0, at), name: url.slice(at + 1) };
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new pg.Client(`${server}/postgres`);
  await client.connect();
  await client.query(statement);
  await client.end();
}
