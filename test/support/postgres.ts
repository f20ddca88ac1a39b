import { fileURLToPath } from "node:url";
import pg from "pg";
import { openPostgres } from "../../apps/server/src/database/postgres/postgres.js";

/** The folder of PostgreSQL's migrations. */
export const POSTGRES_MIGRATIONS = fileURLToPath(
  new URL("../../apps/server/migrations/postgres", import.meta.url),
);

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
