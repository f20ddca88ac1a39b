import { createHash } from "node:crypto";
import Sqlite3 from "better-sqlite3";
import pg from "pg";
import { inject } from "vitest";
import type { Change } from "../../apps/server/src/database/change.js";
import type { Database } from "../../apps/server/src/database/database.js";
import type { Postgres } from "../../apps/server/src/database/postgres/postgres.js";
import { isPostgresUrl } from "../../apps/server/src/database/postgres/url.js";
import type { Sqlite } from "../../apps/server/src/database/sqlite/sqlite.js";

/**
 * Whether servers of this run keep their data in a SQLite file: for what only such a file has. Outside of a test run,
 * as for `npm run record`, they do.
 */
export const isOnSqlite = () => process.env.VITEST === undefined || inject("engine") === "sqlite";

/** Reads rows with a statement that every engine understands: what no store shows, a test may look at. */
export function readRows<R extends object>(
  { database }: { readonly database: Database },
  text: string,
): Promise<readonly R[]> {
  const statement = { name: createHash("md5").update(text).digest("hex"), text };
  const rows = database.storeOf<{ read(): Promise<readonly R[]> }>({
    sqlite: (sqlite: Sqlite) => ({ read: async () => sqlite.reader.all<R>(text) }),
    postgres: (postgres: Postgres) => ({ read: () => postgres.query<R>(statement, []) }),
  });
  return rows.read();
}

/** Commits a change that a service has made, by itself. */
export function commitChange(
  { database }: { readonly database: Database },
  change: Change,
): Promise<unknown> {
  const changes = database.storeOf<{ commit(): Promise<void> }>({
    sqlite: (sqlite: Sqlite) => ({ commit: () => sqlite.write((add) => add(change)) }),
    postgres: (postgres: Postgres) => ({ commit: () => postgres.write(({ add }) => add(change)) }),
  });
  return changes.commit();
}

type Value = string | number | bigint | boolean | null;

/** A database, by its `DATABASE_URL`. */
interface Located {
  readonly databasePath: string;
}

/**
 * Runs a statement behind a server's back, as another program does that opens the database. Every engine must
 * understand it; `?` is a value. Resolves to the rows, and to how many were changed.
 */
export async function runElsewhere<R extends object = Record<string, Value>>(
  { databasePath }: Located,
  text: string,
  ...values: readonly Value[]
): Promise<{ readonly rows: readonly R[]; readonly changes: number }> {
  if (isPostgresUrl(databasePath)) return runInPostgres<R>(databasePath, text, values);
  const database = new Sqlite3(databasePath);
  try {
    const statement = database.prepare<unknown[], R>(text);
    const given = values.map((value) => (typeof value === "boolean" ? Number(value) : value));
    return statement.reader
      ? { rows: statement.all(...given), changes: 0 }
      : { rows: [], changes: statement.run(...given).changes };
  } finally {
    database.close();
  }
}

async function runInPostgres<R extends object>(url: string, text: string, values: readonly Value[]) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    let number = 0;
    const numbered = text.replaceAll("?", () => `$${++number}`);
    const { rows, rowCount } = await client.query<R>(numbered, [...values]);
    return { rows, changes: rowCount ?? 0 };
  } finally {
    await client.end();
  }
}

/** The rows that another program finds. */
export async function rowsElsewhere<R extends object = Record<string, Value>>(
  server: Located,
  text: string,
  ...values: readonly Value[]
): Promise<readonly R[]> {
  return (await runElsewhere<R>(server, text, ...values)).rows;
}

/** The only value of the first row that another program finds; `undefined` if there is no row. */
export async function valueElsewhere(server: Located, text: string, ...values: readonly Value[]) {
  const [row] = await rowsElsewhere(server, text, ...values);
  return row === undefined ? undefined : Object.values(row)[0];
}

/** What the database itself refuses from now on, for whom it is written. */
interface Refusal {
  readonly table: string;
  readonly on: "INSERT" | "UPDATE";
  /** A condition on `NEW`. */
  readonly when?: string;
}

/** Makes the database refuse to write some rows. Resolves to what ends that. */
export async function refuseRows(
  server: Located,
  { table, on, when = "1 = 1" }: Refusal,
): Promise<() => Promise<void>> {
  const name = `refused_${table}`;
  if (isPostgresUrl(server.databasePath)) {
    await runElsewhere(
      server,
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no more''; END'`,
    );
    await runElsewhere(
      server,
      `CREATE TRIGGER ${name} BEFORE ${on} ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${name}()`,
    );
    return async () => void (await runElsewhere(server, `DROP TRIGGER ${name} ON ${table}`));
  }
  await runElsewhere(
    server,
    `CREATE TRIGGER ${name} BEFORE ${on} ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'no more'); END`,
  );
  return async () => void (await runElsewhere(server, `DROP TRIGGER ${name}`));
}

/** Another program takes a lock that every sign-in needs, and does not release it until that is called. */
export async function holdWrites({ databasePath }: Located): Promise<() => Promise<void>> {
  if (isPostgresUrl(databasePath)) {
    const client = new pg.Client(databasePath);
    await client.connect();
    await client.query("BEGIN");
    await client.query("LOCK TABLE sessions IN EXCLUSIVE MODE");
    return () => client.end();
  }
  const holder = new Sqlite3(databasePath);
  holder.exec("BEGIN IMMEDIATE");
  return async () => void holder.close();
}

/** Runs a statement that every engine understands, which notes or changes rows behind the server's back. */
export function changeRows({ database }: { readonly database: Database }, text: string): Promise<void> {
  const statement = { name: createHash("md5").update(text).digest("hex"), text };
  const rows = database.storeOf<{ change(): Promise<void> }>({
    sqlite: (sqlite: Sqlite) => ({ change: () => sqlite.write(() => void sqlite.writer.run(text)) }),
    postgres: (postgres: Postgres) => ({
      change: () => postgres.write(async ({ query }) => void (await query(statement, []))),
    }),
  });
  return rows.change();
}
