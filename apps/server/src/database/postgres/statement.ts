import { type Column, getTableColumns } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";

/**
 * A statement that PostgreSQL parses and plans once on each connection. Its columns have the names that the
 * code uses: `"token_id" AS "tokenId"`.
 */
export interface Statement {
  /** Unique: PostgreSQL remembers the text by it. At most 63 characters. */
  readonly name: string;
  /** With `$1`, `$2`, … for its values. It names every column: `*` breaks when a migration adds one. */
  readonly text: string;
}

/** Runs a statement; resolves to its rows. Numbers, booleans and JSON arrive as such. */
export type Query = <R extends object>(
  statement: Statement,
  values: readonly unknown[],
) => Promise<readonly R[]>;

/** A table's columns for a statement's list, under the names that the code uses; `of` is the table's alias. */
export function columnList(table: PgTable, { of, only }: ColumnListOptions = {}): string {
  const all: Readonly<Record<string, Column>> = getTableColumns(table);
  const names = only ?? Object.keys(all);
  return names
    .map((name) => `${of === undefined ? "" : `${of}.`}"${columnNamed(all, name)}" AS "${name}"`)
    .join(", ");
}

interface ColumnListOptions {
  readonly of?: string;
  /** The code's names of the columns that are wanted; absent: all of them. */
  readonly only?: readonly string[];
}

function columnNamed(columns: Readonly<Record<string, Column>>, name: string): string {
  const column = columns[name];
  if (column === undefined) throw new Error(`There is no column for ${name}`);
  return column.name;
}
