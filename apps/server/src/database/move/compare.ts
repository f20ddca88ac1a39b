import { readLog } from "../sqlite/moves.js";
import { MoveRefused } from "./failure.js";
import { CHUNK, rowsBetween } from "./rows.js";
import type { Source } from "./source.js";
import { keyOfLog, keyText, type MovedTable, type Row, rowOf, sqliteReader, textOf } from "./tables.js";
import type { Target } from "./target.js";

interface CompareOptions {
  readonly source: Source;
  readonly target: Target;
  readonly onRows: (rows: number) => void;
}

/**
 * Compares all rows of a table in both directions, while it is used. A row that differs must be in the log, since it
 * was written after it was copied; otherwise the copy is wrong, and the move ends.
 *
 * Resolves to how many rows have a NUL.
 */
export async function compareTable(
  table: MovedTable,
  { source, target, onRows }: CompareOptions,
): Promise<number> {
  const reader = sqliteReader(source.connection, table);
  let last: readonly unknown[] | undefined;
  let withNul = 0;
  for (;;) {
    const chunk = reader.after(last, CHUNK);
    const end = chunk.length < CHUNK ? undefined : chunk.at(-1);
    const upTo = end && table.key.map((name) => end[name]);
    const range = { after: last?.map(textOf), upTo: upTo?.map(textOf) };
    const there = await target.run((client) => rowsBetween(client, table, range));
    assertLogged(source, table, different(table, chunk.map(rowOf(table)), there));
    withNul += chunk.filter((row) => Object.values(row).some(hasNul)).length;
    onRows(chunk.length);
    if (upTo === undefined) return withNul;
    last = upTo;
  }
}

const hasNul = (value: unknown) => typeof value === "string" && value.includes("\0");

/** The keys of rows that are not the same on both sides. */
function different(table: MovedTable, here: readonly Row[], there: readonly Row[]): string[] {
  const rows = new Map(there.map((row) => [keyText(table, row), JSON.stringify(row)]));
  const keys: string[] = [];
  for (const row of here) {
    const key = keyText(table, row);
    if (rows.get(key) !== JSON.stringify(row)) keys.push(key);
    rows.delete(key);
  }
  return [...keys, ...rows.keys()];
}

function assertLogged(source: Source, { name }: MovedTable, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const logged = new Set<string>();
  for (const entry of readLog(source.connection, -1))
    if (entry.name === name) logged.add(keyOfLog(entry.key));
  const wrong = keys.filter((key) => !logged.has(key));
  if (wrong.length === 0) return;
  throw new MoveRefused(
    "ROWS_DIFFER",
    `${wrong.length} row${wrong.length === 1 ? "" : "s"} of ${name} differ${wrong.length === 1 ? "s" : ""} between the ` +
      "two databases, though nothing has written them since they were copied. Nothing was switched. Run `latchkey " +
      "store move --abort`, and begin again with an empty database that nothing else writes.",
  );
}
