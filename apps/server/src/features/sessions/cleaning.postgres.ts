import { and, eq, gt, gte, inArray, lte, or } from "drizzle-orm";
import { tryTask } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import { beginningAt, CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.postgres.js";
import type { SessionStore } from "./store.js";
import { revocations, sessions } from "./tables.postgres.js";

/** Deletes sessions and revocations that are over: one node at a time, and nothing that is in use. */
export function deleteOver(postgres: Postgres): SessionStore["deleteOver"] {
  return ({ nowMs, latestEndMs, limit }, also) =>
    postgres.write(async ({ database, query, add }) => {
      if (!(await tryTask(query, "sessions"))) return 0;
      const isFromFuture = and(
        gt(sessions.tokenEndsAtMs, latestEndMs),
        gte(sessions.tokenId, beginningAt(nowMs + CLOCK_TOLERANCE_MS)),
      );
      // Their owners are locked as well (`statements.postgres.ts`).
      const over = await database
        .select({
          id: sessions.id,
          endsAtMs: sessions.tokenEndsAtMs,
          userAgent: sessions.userAgent,
          subject: users.uuid,
          revokedAtMs: sessions.revokedAtMs,
        })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(or(lte(sessions.tokenEndsAtMs, nowMs), isFromFuture))
        .limit(limit)
        .for("update", { skipLocked: true });
      const expired = over.flatMap(({ revokedAtMs, ...ended }) => (revokedAtMs === null ? [ended] : []));
      if (expired.length > 0) await add(also?.(expired));
      const ids = over.map(({ id }) => id);
      if (ids.length > 0) await database.delete(sessions).where(inArray(sessions.id, ids));
      const overRevocations = database
        .select({ id: revocations.id })
        .from(revocations)
        .where(lte(revocations.endsAtMs, nowMs))
        .limit(limit);
      const forgotten = await database.delete(revocations).where(inArray(revocations.id, overRevocations));
      return ids.length + (forgotten.rowCount ?? 0);
    });
}
