import type pg from "pg";
import { type MovedTable, namesOf, type Row } from "./tables.js";

/** How many rows one statement carries. */
export const CHUNK = 2000;

/** Inserts rows that are not there. */
export async function insertRows(client: pg.Client, table: MovedTable, rows: readonly Row[]): Promise<void> {
  const { name, columns } = table;
  const values = columns.map(({ type }, i) => `column${i + 1}::${type}`).join(", ");
  const text = `INSERT INTO "${name}" (${namesOf(columns.map((column) => column.name))}) OVERRIDING SYSTEM VALUE
    SELECT ${values} FROM unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(", ")})
      AS row (${columns.map((_, i) => `column${i + 1}`).join(", ")})`;
  for (const part of parts(rows)) {
    await client.query({
      name: `move_in_${name}`,
      text,
      values: columns.map((_, i) => part.map((row) => row[i])),
    });
  }
}

/** Deletes rows by their keys, whether they are there or not. */
export async function deleteRows(client: pg.Client, table: MovedTable, keys: readonly Row[]): Promise<void> {
  const text = `DELETE FROM "${table.name}" USING ${keyList(table)} WHERE ${isKey(table)}`;
  for (const part of parts(keys)) {
    const values = table.key.map((_, i) => part.map((key) => key[i]));
    await client.query({ name: `move_out_${table.name}`, text, values });
  }
}

/** The rows with these keys, in no order. */
export async function findRows(client: pg.Client, table: MovedTable, keys: readonly Row[]): Promise<Row[]> {
  const text = `SELECT ${textList(table)} FROM "${table.name}", ${keyList(table)} WHERE ${isKey(table)}`;
  const found: Row[] = [];
  for (const part of parts(keys)) {
    const values = table.key.map((_, i) => part.map((key) => key[i]));
    const { rows } = await client.query<Row[]>({ text, values, rowMode: "array" });
    found.push(...(rows as unknown as Row[])); // Safe: `rowMode` makes them arrays.
  }
  return found;
}

/** The rows after one key, up to another one. */
export async function rowsBetween(
  client: pg.Client,
  table: MovedTable,
  { after, upTo }: { readonly after: Row | undefined; readonly upTo: Row | undefined },
): Promise<Row[]> {
  const values: Array<string | null> = [];
  const bound = (key: Row | undefined, sign: string) => {
    if (key === undefined) return [];
    const list = table.key.map((name, i) => `$${values.push(key[i] ?? null)}::${typeOf(table, name)}`);
    return [`(${namesOf(table.key)}) ${sign} (${list.join(", ")})`];
  };
  const where = ["true", ...bound(after, ">"), ...bound(upTo, "<=")].join(" AND ");
  const text = `SELECT ${textList(table)} FROM "${table.name}" WHERE ${where}`;
  const { rows } = await client.query({ text, values, rowMode: "array" });
  return rows as Row[]; // Safe: `rowMode` makes them arrays.
}

/** Every column as the text that SQLite has for it. */
function textList({ name, columns }: MovedTable): string {
  return columns
    .map((column) =>
      column.type === "boolean"
        ? `"${name}"."${column.name}"::integer::text`
        : `"${name}"."${column.name}"::text`,
    )
    .join(", ");
}

const keyList = ({ key }: MovedTable) =>
  `unnest(${key.map((_, i) => `$${i + 1}::text[]`).join(", ")}) AS sought (${key.map((_, i) => `key${i + 1}`).join(", ")})`;

const isKey = (table: MovedTable) =>
  table.key
    .map((name, i) => `"${table.name}"."${name}" = sought.key${i + 1}::${typeOf(table, name)}`)
    .join(" AND ");

const typeOf = ({ columns }: MovedTable, name: string) =>
  columns.find((column) => column.name === name)?.type ?? "text";

function* parts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += CHUNK) yield all.slice(at, at + CHUNK);
}
