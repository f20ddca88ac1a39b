import type { Query } from "./statement.js";

/** A process that has not looked for longer than this forgets all that it has kept. */
const KEPT_MS = 10 * 60_000;
/** They are many: one for each exchange of a token. */
const AT_ONCE = 20_000;

const DELETE = {
  name: "delete_changes",
  text: `WITH old AS (
      SELECT n FROM changes
      WHERE kind <> 'r' AND at < (extract(epoch from clock_timestamp()) * 1000)::bigint - $1::bigint
        AND n < (SELECT max(n) FROM changes)
      ORDER BY n LIMIT $2::integer
    ), deleted AS (DELETE FROM changes USING old WHERE changes.n = old.n RETURNING 1)
    SELECT count(*) AS "rows" FROM deleted`,
};

/**
 * Deletes changes that every process has seen long ago, a bounded number of them; resolves to how many. The newest
 * one stays, because it is the place from which others look. Sessions that ended are the feed's, which keeps them
 * for longer, and calls this.
 */
export async function deleteOldChanges(query: Query, atOnce = AT_ONCE): Promise<number> {
  const [deleted] = await query<{ rows: number }>(DELETE, [KEPT_MS, atOnce]);
  return deleted?.rows ?? 0;
}
