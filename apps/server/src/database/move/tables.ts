import type Database from "better-sqlite3";
import type pg from "pg";
import { MOVE_STATE } from "../postgres/server.js";
import { type Keyed, OWN_TABLES } from "../sqlite/moves.js";
import { MoveRefused } from "./failure.js";

/** A table that is moved. Its columns have the same names on both sides. */
export interface MovedTable extends Keyed {
  readonly columns: readonly Column[];
}

export interface Column {
  readonly name: string;
  /** PostgreSQL's type. */
  readonly type: string;
}

/** Tables of PostgreSQL that have no counterpart. Its log of changes has one where there is a feed. */
const OWN_OF_POSTGRES: readonly string[] = ["migrations", "changed_rows", MOVE_STATE];
const MAY_BE_ALONE: readonly string[] = ["changes"];

const COLUMNS = `
  SELECT relname AS "table", attname AS name, format_type(atttypid, atttypmod) AS type
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
  WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

/** The one list of what is moved: every table of the file but the engine's own. */
export async function movedTables(connection: Database.Database, client: pg.Client): Promise<MovedTable[]> {
  const { rows } = await client.query<{ table: string; name: string; type: string }>(COLUMNS);
  const names = tableNames(connection);
  const strange = rows.find(
    ({ table }) =>
      !names.includes(table) && !OWN_OF_POSTGRES.includes(table) && !MAY_BE_ALONE.includes(table),
  );
  if (strange !== undefined) throw different(strange.table);
  return names.map((name) => {
    const columns = connection.pragma(`table_info("${name}")`) as ReadonlyArray<{ name: string; pk: number }>; // Safe: its documented columns.
    const types = rows.filter(({ table }) => table === name);
    const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
    if (types.length !== columns.length || key.length === 0) throw different(name);
    return {
      name,
      key: key.map((column) => column.name),
      columns: columns.map((column) => {
        const type = types.find((each) => each.name === column.name)?.type;
        if (type === undefined) throw different(`${name}.${column.name}`);
        return { name: column.name, type };
      }),
    };
  });
}

/** The tables of the file whose rows are moved. */
export function tableNames(connection: Database.Database): readonly string[] {
  const all = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name")
    .pluck()
    .all() as string[]; // Safe: a TEXT column.
  return all.filter((name) => !OWN_TABLES.includes(name));
}

function different(what: string): MoveRefused {
  return new MoveRefused(
    "TABLES_DIFFER",
    `The tables of the two databases differ (${what}): something that is not Latchkey's has changed one of them.`,
  );
}

/** A row as text, column by column, as both sides write it. */
export type Row = ReadonlyArray<string | null>;

const NUL = "\0";

/** PostgreSQL keeps no NUL: it becomes U+FFFD. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  return text.includes(NUL) ? text.replaceAll(NUL, "\uFFFD") : text;
}

/** How a row of SQLite is read, so that its text is that of PostgreSQL. */
export const rowOf =
  ({ columns }: MovedTable) =>
  (row: Readonly<Record<string, unknown>>): Row =>
    columns.map(({ name }) => textOf(row[name]));

/** The key of a row, as a text that is the same on both sides. */
export const keyText = ({ columns, key }: MovedTable, row: Row): string =>
  JSON.stringify(key.map((name) => row[columns.findIndex((column) => column.name === name)]));

/** The key of a row that the log names. */
export const keyOfLog = (text: string): string =>
  JSON.stringify((JSON.parse(text) as unknown[]).map((part) => textOf(part)));

const quoted = (name: string) => `"${name}"`;
export const namesOf = (names: readonly string[]): string => names.map(quoted).join(", ");

/** Reads rows in the order of their keys. */
export function sqliteReader(connection: Database.Database, table: MovedTable) {
  const list = namesOf(table.columns.map(({ name }) => name));
  const key = namesOf(table.key);
  const marks = table.key.map(() => "?").join(", ");
  const first = connection.prepare(`SELECT ${list} FROM "${table.name}" ORDER BY ${key} LIMIT ?`);
  const next = connection.prepare(
    `SELECT ${list} FROM "${table.name}" WHERE (${key}) > (${marks}) ORDER BY ${key} LIMIT ?`,
  );
  const one = connection.prepare(
    `SELECT ${list} FROM "${table.name}" WHERE ${table.key.map((name) => `"${name}" = ?`).join(" AND ")}`,
  );
  type Raw = Readonly<Record<string, unknown>>;
  return {
    after: (last: readonly unknown[] | undefined, limit: number) =>
      (last === undefined ? first.all(limit) : next.all(...last, limit)) as Raw[], // Safe: rows are objects.
    find: (keys: readonly unknown[]) => one.get(...keys) as Raw | undefined, // Safe: as above.
  };
}
