import type pg from "pg";
import { cutLog, readLog } from "../sqlite/moves.js";
import { deleteRows, findRows, insertRows } from "./rows.js";
import type { Source } from "./source.js";
import { keyText, type MovedTable, type Row, rowOf, sqliteReader, textOf } from "./tables.js";
import { inTransaction, type Target } from "./target.js";

/** How many keys are read from the log at once, while there are no unique indexes yet. */
const MOST_KEYS = 50_000;
/** With fewer, the mover has caught up. */
const FEW_KEYS = 300;

/** What the log names, as it is at one moment. */
export interface Logged {
  /** The last entry that was read. */
  readonly upTo: number;
  readonly entries: number;
  readonly tables: ReadonlyArray<{
    readonly table: MovedTable;
    /** All keys, of rows that are there and of rows that are gone. */
    readonly keys: readonly Row[];
    readonly rows: readonly Row[];
  }>;
}

/** In a transaction. */
export function readLogged(source: Source, tables: readonly MovedTable[], limit: number): Logged {
  const entries = readLog(source.connection, limit);
  const keysOf = new Map<string, Set<string>>();
  for (const { name, key } of entries) keysOf.set(name, (keysOf.get(name) ?? new Set()).add(key));
  return {
    upTo: entries.at(-1)?.seq ?? 0,
    entries: entries.length,
    tables: tables.flatMap((table) => {
      const keys = [...(keysOf.get(table.name) ?? [])].map((key) => JSON.parse(key) as unknown[]);
      if (keys.length === 0) return [];
      const reader = sqliteReader(source.connection, table);
      const found = keys.map((key) => reader.find(key)).filter((row) => row !== undefined);
      return [{ table, keys: keys.map((key) => key.map(textOf)), rows: found.map(rowOf(table)) }];
    }),
  };
}

/**
 * In a transaction. All of a table's rows are deleted before they are inserted as they are now: a name that has gone
 * from one account to another would otherwise belong to both for a moment.
 */
export async function applyLogged(client: pg.Client, { tables }: Logged): Promise<void> {
  for (const { table, keys, rows } of tables) {
    await deleteRows(client, table, keys);
    await insertRows(client, table, rows);
  }
}

/** Reads back what was applied; names the table of a row that is different. */
export async function differsFrom(client: pg.Client, { tables }: Logged): Promise<string | undefined> {
  for (const { table, keys, rows } of tables) {
    const there = new Map(
      (await findRows(client, table, keys)).map((row) => [keyText(table, row), JSON.stringify(row)]),
    );
    const isSame = rows.every((row) => there.get(keyText(table, row)) === JSON.stringify(row));
    if (!isSame || there.size !== rows.length) return table.name;
  }
  return undefined;
}

interface CatchUpOptions {
  readonly source: Source;
  readonly target: Target;
  readonly tables: readonly MovedTable[];
  /** Whether the log is always read completely: unique indexes allow nothing else. */
  readonly isWhole: boolean;
  readonly onKeys: (keys: number) => void;
}

/** Applies what is logged until little is left. */
export async function catchUp({ source, target, tables, isWhole, onKeys }: CatchUpOptions): Promise<void> {
  for (;;) {
    const logged = source.read(() => readLogged(source, tables, isWhole ? -1 : MOST_KEYS));
    if (logged.entries > 0) {
      await target.run((client) => inTransaction(client, () => applyLogged(client, logged)));
      await source.write(() => cutLog(source.connection, logged.upTo));
      onKeys(logged.entries);
    }
    if (logged.entries < FEW_KEYS) return;
  }
}
