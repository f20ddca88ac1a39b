import { and, eq, gt, gte, inArray, lte, or } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { beginningAt, CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.sqlite.js";
import type { SessionStore } from "./store.js";
import { revocations, sessions } from "./tables.sqlite.js";

/** What is reported of a session that has ended. */
export const ENDED = { id: sessions.id, endsAtMs: sessions.tokenEndsAtMs, userAgent: sessions.userAgent };

/** Deletes sessions and revocations that are over. */
export function deleteOver(sqlite: Sqlite): SessionStore["deleteOver"] {
  const { writer } = sqlite;
  return ({ nowMs, latestEndMs, limit }, also) =>
    sqlite.write((add) => {
      const isFromFuture = and(
        gt(sessions.tokenEndsAtMs, latestEndMs),
        gte(sessions.tokenId, beginningAt(nowMs + CLOCK_TOLERANCE_MS)),
      );
      const over = writer
        .select({ ...ENDED, subject: users.uuid, revokedAtMs: sessions.revokedAtMs })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(or(lte(sessions.tokenEndsAtMs, nowMs), isFromFuture))
        .limit(limit)
        .all();
      const overSessions = over.map(({ id }) => id);
      const expired = over.flatMap(({ revokedAtMs, ...ended }) => (revokedAtMs === null ? [ended] : []));
      if (expired.length > 0) add(also?.(expired));
      const overRevocations = writer
        .select({ id: revocations.id })
        .from(revocations)
        .where(lte(revocations.endsAtMs, nowMs))
        .limit(limit);
      const { changes: ended } = writer.delete(sessions).where(inArray(sessions.id, overSessions)).run();
      const { changes: forgotten } = writer
        .delete(revocations)
        .where(inArray(revocations.id, overRevocations))
        .run();
      return ended + forgotten;
    });
}
