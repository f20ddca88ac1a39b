import { deleteOldChanges } from "../../database/postgres/clean-changes.js";
import { tryTask } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import { PAGE, pageAfter, pageOf } from "./rules.js";
import type { Ended, FeedStore } from "./store.js";

const COLUMNS = 'n, tag, id AS "sessionId", at AS "atMs"';
const NEWEST = "(SELECT max(n) FROM changes WHERE kind = 'r')";

const AFTER = {
  name: "feed_after",
  text: `SELECT ${COLUMNS} FROM changes WHERE kind = 'r' AND n >= $1 ORDER BY n LIMIT ${PAGE + 1}`,
};
const SINCE = {
  name: "feed_since",
  // With the newest, so that the page says up to where it is everything.
  text: `SELECT ${COLUMNS} FROM changes WHERE kind = 'r' AND (at > $1 OR n = ${NEWEST}) ORDER BY n LIMIT ${PAGE}`,
};
const DELETE_ENDED = {
  name: "feed_delete_ended",
  text: `WITH over AS (
      SELECT n FROM changes WHERE kind = 'r' AND at < $1 AND n < ${NEWEST} ORDER BY n LIMIT $2
    ), deleted AS (DELETE FROM changes USING over WHERE changes.n = over.n RETURNING 1)
    SELECT count(*) AS "rows" FROM deleted`,
};

/** The revocation feed's log in PostgreSQL: a part of the log of all changes. */
export function postgresFeedStore(postgres: Postgres): FeedStore {
  return {
    after: async (cursor) => pageAfter(cursor, await postgres.query<Ended>(AFTER, [cursor.n])),
    since: async (ms) => pageOf(await postgres.query<Ended>(SINCE, [Math.floor(ms)]), { sinceMs: ms }),
    deleteBefore: (ms, limit) =>
      postgres.write(async ({ query }) => {
        if (!(await tryTask(query, "changes"))) return 0;
        const [ended] = await query<{ rows: number }>(DELETE_ENDED, [Math.floor(ms), limit]);
        return (ended?.rows ?? 0) + (await deleteOldChanges(query));
      }),
  };
}
