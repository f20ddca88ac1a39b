import { sql } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { ENDED } from "./cleaning.sqlite.js";
import { sessions } from "./tables.sqlite.js";

/** Deletes the sessions of a user whose place a new one takes. */
export function preparePruning({ writer }: Pick<Sqlite, "writer">) {
  const ofUser = sql`${sessions} WHERE ${sessions.userId} = ${sql.placeholder("userId")}`;
  // `rules.ts` says which are deleted first. They are counted in an index: the rows are read only if there
  // are too many.
  const tooMany = sql`max(0, (SELECT count(*) FROM ${ofUser}) - ${sql.placeholder("kept")})`;
  return writer
    .delete(sessions)
    .where(
      sql`${sessions.id} IN (SELECT ${sessions.id} FROM ${ofUser}
        ORDER BY ${sessions.revokedAtMs} IS NULL AND ${sessions.createdAtMs} <= ${sql.placeholder("latestMs")},
          ${sessions.lastSeenAtMs} LIMIT ${tooMany})
        OR ${sessions.id} IN (SELECT ${sessions.id} FROM ${ofUser} AND contested = 1
          AND ${sessions.userAgent} IS ${sql.placeholder("userAgent")})`,
    )
    .returning({ ...ENDED, revokedAtMs: sessions.revokedAtMs })
    .prepare();
}
