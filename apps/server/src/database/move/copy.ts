import type pg from "pg";
import { CHUNK, insertRows } from "./rows.js";
import type { Source } from "./source.js";
import { type MovedTable, rowOf, sqliteReader } from "./tables.js";
import { inTransaction, STATE, type Target } from "./target.js";

/** How far a table was copied: its last key, or its end. */
type Mark = { readonly last: readonly unknown[] | undefined } | "done";

interface CopyOptions {
  readonly source: Source;
  readonly target: Target;
  /** Called with how many rows were copied or passed since the last call, and how many have a NUL. */
  readonly onRows: (rows: number) => void;
}

/**
 * Copies a table in the order of its keys. Each chunk is committed together with the mark of how far the copy is, so
 * that each row is copied exactly once, wherever the mover ends and begins again. Rows that are written meanwhile are
 * in the log.
 */
export async function copyTable(table: MovedTable, { source, target, onRows }: CopyOptions): Promise<void> {
  const reader = sqliteReader(source.connection, table);
  for (;;) {
    const copied = await target.run((client) =>
      inTransaction(client, async () => {
        const mark = await readMark(client, table);
        if (mark === "done") return undefined;
        const chunk = reader.after(mark.last, CHUNK);
        await insertRows(client, table, chunk.map(rowOf(table)));
        const end = chunk.at(-1);
        const isLast = chunk.length < CHUNK;
        await setMark(
          client,
          table,
          isLast || end === undefined ? "done" : { last: table.key.map((name) => end[name]) },
        );
        return { rows: chunk.length, isLast };
      }),
    );
    if (copied === undefined) return;
    onRows(copied.rows);
    if (copied.isLast) return;
  }
}

/** Whether a table was copied to its end by an earlier mover. */
export async function isCopied(client: pg.Client, table: MovedTable): Promise<boolean> {
  return (await readMark(client, table)) === "done";
}

async function readMark(client: pg.Client, { name }: MovedTable): Promise<Mark> {
  const { rows } = await client.query<{ text: string }>(
    `SELECT text FROM ${STATE} WHERE kind = 'copied' AND name = $1 FOR UPDATE`,
    [name],
  );
  const text = rows[0]?.text;
  if (text === undefined) return { last: undefined };
  return text === "done" ? "done" : { last: JSON.parse(text) as unknown[] };
}

async function setMark(client: pg.Client, { name }: MovedTable, mark: Mark): Promise<void> {
  const text = mark === "done" ? mark : JSON.stringify(mark.last);
  await client.query(
    `INSERT INTO ${STATE} (kind, name, text) VALUES ('copied', $1, $2)
     ON CONFLICT (kind, name) DO UPDATE SET text = excluded.text`,
    [name, text],
  );
}
