import { and, asc, count, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { NOTHING_KEPT } from "../../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.sqlite.js";
import { challengeOf, fromRow, isLater, toRow } from "./rules.js";
import type { PasskeyStore } from "./store.js";
import { passkeyChallenges as challenges, passkeys } from "./tables.sqlite.js";

/** Passkeys in SQLite. */
export function sqlitePasskeyStore(sqlite: Sqlite): PasskeyStore {
  const { reader, writer } = sqlite;
  const ofAccount = (userId: number, id: string) => and(eq(passkeys.userId, userId), eq(passkeys.id, id));
  const owner = (userId: number) =>
    writer.select({ id: users.id }).from(users).where(eq(users.id, userId)).get();

  return {
    insertion: (passkey, most) =>
      sqliteChange(() => {
        const own = writer
          .select({ count: count() })
          .from(passkeys)
          .where(eq(passkeys.userId, passkey.userId))
          .get();
        if ((own?.count ?? 0) >= most) throw new ChangeRefused();
        const { changes } = writer.insert(passkeys).values(toRow(passkey)).onConflictDoNothing().run();
        if (changes === 0) throw new ChangeRefused();
      }),

    find: async (id) =>
      sqlite.read(() => {
        const row = reader.select().from(passkeys).where(eq(passkeys.id, id)).get();
        return row === undefined ? undefined : fromRow(row);
      }),

    listOf: async (userId) =>
      sqlite.read(() =>
        reader
          .select()
          .from(passkeys)
          .where(eq(passkeys.userId, userId))
          .orderBy(asc(passkeys.createdAtMs), asc(passkeys.id))
          .all()
          .map(fromRow),
      ),

    rename: (userId, id, name) =>
      sqlite.write(
        () => writer.update(passkeys).set({ name }).where(ofAccount(userId, id)).run().changes > 0,
        NOTHING_KEPT,
      ),

    deletionOf: (userId, id) =>
      sqliteChange(() => {
        const { changes } = writer.delete(passkeys).where(ofAccount(userId, id)).run();
        if (changes === 0) throw new ChangeRefused();
      }),

    use: (id, { counter, backedUp, usedAtMs, ...use }) =>
      sqlite.write(() => {
        const known = writer.select().from(passkeys).where(eq(passkeys.id, id)).get();
        if (known === undefined || !isLater(counter, known.counter)) return false;
        const lastUsedAtMs = Math.max(known.lastUsedAtMs ?? 0, usedAtMs);
        const isUserVerified = known.isUserVerified || use.isUserVerified;
        const used = { counter, backedUp, isUserVerified, lastUsedAtMs };
        writer.update(passkeys).set(used).where(eq(passkeys.id, id)).run();
        return true;
      }, NOTHING_KEPT),

    addChallenge: (challenge) =>
      sqlite.write(() => {
        // Deleted by another request in the meantime.
        if (challenge.userId !== null && owner(challenge.userId) === undefined) return;
        writer.insert(challenges).values(challenge).run();
      }, NOTHING_KEPT),

    takeChallenge: (hash) =>
      sqlite.write(() => {
        const row = writer.delete(challenges).where(eq(challenges.hash, hash)).returning().get();
        return row === undefined ? undefined : challengeOf(row);
      }, NOTHING_KEPT),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const isFromFuture = gt(challenges.createdAtMs, nowMs + CLOCK_TOLERANCE_MS);
        const over = writer
          .select({ hash: challenges.hash })
          .from(challenges)
          .where(or(lte(challenges.expiresAtMs, nowMs), isFromFuture))
          .limit(limit);
        return writer.delete(challenges).where(inArray(challenges.hash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
