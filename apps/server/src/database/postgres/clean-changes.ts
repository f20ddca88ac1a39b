import { tryTask } from "./locks.js";
import type { Statements } from "./write.js";

/** How often old changes are deleted. */
const EVERY_MS = 5 * 60_000;
/** A process that has not looked for longer begins again, with nothing kept. */
const KEPT_MS = 60 * 60_000;
const BATCH = 10_000;

const DELETE = {
  name: "delete_changes",
  text: `WITH old AS (
      SELECT n FROM changes
      WHERE kind <> 'r' AND at < (extract(epoch from clock_timestamp()) * 1000)::bigint - $1::bigint
        AND n < (SELECT max(n) FROM changes)
      ORDER BY n LIMIT $2::integer
    ), deleted AS (DELETE FROM changes USING old WHERE changes.n = old.n RETURNING 1)
    SELECT count(*) AS count FROM deleted`,
};

type Write = <T>(statements: Statements<T>) => Promise<T>;

/**
 * Deletes changes that every process has seen long ago, in short transactions, one process at a time; the newest
 * one stays, because it is the place from which others look. Sessions that ended are the feed's, which keeps them
 * for longer. Returns what stops it.
 */
export function cleanChanges(write: Write): () => void {
  const timer = setInterval(() => {
    // It failed because the database cannot answer: the next time comes.
    deleteOldChanges(write).catch(() => {});
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Resolves to how many were deleted. */
export async function deleteOldChanges(
  write: Write,
  { keptMs = KEPT_MS, batch = BATCH } = {},
): Promise<number> {
  for (let deleted = 0; ; ) {
    const count = await write(async ({ query }) => {
      if (!(await tryTask(query, "changes"))) return 0;
      const [row] = await query<{ count: number }>(DELETE, [keptMs, batch]);
      return row?.count ?? 0;
    });
    deleted += count;
    if (count < batch) return deleted;
  }
}
