import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { TrialCopy } from "../copies.js";
import { openClients, type Pooler } from "./client.js";
import { unavailableOr } from "./failure.js";
import { applyMigrations } from "./migrate.js";
import { assertUsable, stateOfTables } from "./server.js";

const CONNECT_MS = 2000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A schema's name holds the time at which it was made. */
const NAME = /^latchkey_trial_(\d+)_[0-9a-f]+$/;
/** What a new schema has of its own. */
const OWN = ["migrations", "changes"];

interface Options {
  readonly url: string;
  readonly folder: string;
  readonly pooler: Pooler;
}

/**
 * Copies all rows into a schema beside the tables: nothing of the originals is locked, unlike in a transaction that
 * would be rolled back. What an earlier, interrupted trial has left is removed after a day.
 */
export async function copyForTrial({ url, folder, pooler }: Options): Promise<TrialCopy> {
  if (pooler !== "none") throw refused("POSTGRES_POOLER");
  const schema = `latchkey_trial_${Date.now()}_${randomBytes(4).toString("hex")}`;
  await connected(url, async (client) => {
    await assertUsable(client, { forWriting: true });
    await client.query("BEGIN");
    await removeOld(client);
    await fill(client, { schema, folder });
    await client.query("COMMIT");
  });
  return {
    url: inSchema(url, schema),
    discard: () => connected(url, (client) => dropSchema(client, schema)),
  };
}

function inSchema(url: string, schema: string): string {
  const address = new URL(url);
  address.searchParams.set("schema", schema);
  return address.href;
}

async function connected(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const { client, destroy } = openClients({ url }).make(CONNECT_MS);
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SET statement_timeout = 0");
    await use(client);
  } catch (error) {
    throw unavailableOr(error);
  } finally {
    destroy();
  }
}

async function removeOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>("SELECT nspname AS name FROM pg_namespace");
  for (const { name } of rows) {
    const atMs = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Date.now() - atMs > DAY_MS) await dropSchema(client, name);
  }
}

async function dropSchema(client: pg.Client, schema: string): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}

async function fill(
  client: pg.Client,
  { schema, folder }: { readonly schema: string; readonly folder: string },
): Promise<void> {
  const { applied, isForeign } = await stateOfTables(client);
  if (isForeign) throw refused("POSTGRES_FOREIGN");
  const { rows } = await client.query<{ original: string }>(
    "SELECT quote_ident(current_schema()) AS original",
  );
  const original = rows[0]?.original ?? "public";
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`SET LOCAL search_path = ${schema}`);
  if (applied === undefined) return;
  // As far as the original is: what is missing is applied to the copy as it would be to the original.
  await applyMigrations(client, folder, { only: applied });
  await client.query("SET LOCAL idle_in_transaction_session_timeout = '60s'");
  for (const table of await tablesInOrder(client)) {
    const { rows: columns } = await client.query<{ name: string; isNumbered: boolean }>(COLUMNS, [table]);
    const list = columns.map(({ name }) => `"${name}"`).join(", ");
    await client.query(`DELETE FROM ${schema}."${table}"`);
    await client.query(
      `INSERT INTO ${schema}."${table}" (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM ${original}."${table}"`,
    );
    for (const { name } of columns.filter(({ isNumbered }) => isNumbered)) {
      await client.query(
        `SELECT setval(pg_get_serial_sequence('"${table}"', '${name}'),
          (SELECT coalesce(max("${name}"), 0) + 1 FROM ${schema}."${table}"), false)`,
      );
    }
  }
}

const COLUMNS = `
  SELECT column_name AS name, is_identity = 'YES' OR coalesce(column_default LIKE 'nextval%', false) AS "isNumbered"
  FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1
    AND is_generated = 'NEVER'`;

const TABLES = `
  SELECT relname AS name, array(
    SELECT confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND conrelid = pg_class.oid AND confrelid <> conrelid
  ) AS parents
  FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname`;

/** Tables after those that they point to. */
async function tablesInOrder(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; parents: string[] }>(TABLES);
  const ordered: string[] = [];
  while (ordered.length < rows.length) {
    const next = rows.filter(
      ({ name, parents }) => !ordered.includes(name) && parents.every((parent) => ordered.includes(parent)),
    );
    if (next.length === 0) throw new Error("Tables point to each other in a circle");
    ordered.push(...next.map(({ name }) => name));
  }
  return ordered.filter((name) => !OWN.includes(name));
}

function refused(code: string): Error {
  return Object.assign(new Error("the database cannot be copied"), { code });
}
