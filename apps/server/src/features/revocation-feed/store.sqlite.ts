import { and, asc, desc, eq, gt, gte, inArray, lt, or, sql } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { PAGE, pageAfter, pageOf } from "./rules.js";
import type { FeedStore } from "./store.js";
import { changes } from "./tables.sqlite.js";

const COLUMNS = { n: changes.n, tag: changes.tag, sessionId: changes.id, atMs: changes.atMs };

/** The revocation feed's log in SQLite. */
export function sqliteFeedStore(sqlite: Sqlite): FeedStore {
  const { reader, writer } = sqlite;
  const newest = reader.select({ n: changes.n }).from(changes).orderBy(desc(changes.n)).limit(1);
  const from = reader
    .select(COLUMNS)
    .from(changes)
    .where(gte(changes.n, sql.placeholder("n")))
    .orderBy(asc(changes.n))
    .limit(PAGE + 1)
    .prepare();
  const relevant = reader
    .select(COLUMNS)
    .from(changes)
    // With the newest, so that the page says up to where it is everything.
    .where(or(gt(changes.atMs, sql.placeholder("ms")), eq(changes.n, newest)))
    .orderBy(asc(changes.n))
    .limit(PAGE)
    .prepare();
  return {
    after: async (cursor) =>
      pageAfter(
        cursor,
        sqlite.read(() => from.all({ n: cursor.n })),
      ),
    since: async (ms) =>
      pageOf(
        sqlite.read(() => relevant.all({ ms })),
        { sinceMs: ms },
      ),
    deleteBefore: (ms, limit) =>
      sqlite.write(() => {
        const over = writer
          .select({ n: changes.n })
          .from(changes)
          .where(and(lt(changes.atMs, ms), lt(changes.n, newest)))
          .orderBy(asc(changes.n))
          .limit(limit);
        return writer.delete(changes).where(inArray(changes.n, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
