import { and, asc, count, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { tryTask } from "../../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../../database/postgres/postgres.js";
import { columnList } from "../../../database/postgres/statement.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.postgres.js";
import { challengeOf, fromRow, isLater, toRow } from "./rules.js";
import type { Challenge, PasskeyStore } from "./store.js";
import { passkeyChallenges as challenges, passkeys } from "./tables.postgres.js";

/** Many of one challenge at once would hold a connection each, and whoever has taken it would wait for them. */
const TAKE = {
  name: "take_passkey_challenges",
  text: `DELETE FROM passkey_challenges WHERE hash = ANY ($1)
    RETURNING ${columnList(challenges, { only: ["hash", "purpose", "userId", "createdAtMs", "expiresAtMs"] })}`,
};

/** Passkeys in PostgreSQL. */
export function postgresPasskeyStore(postgres: Postgres): PasskeyStore {
  const ofAccount = (userId: number, id: string) => and(eq(passkeys.userId, userId), eq(passkeys.id, id));
  const takeChallenge = postgres.lane<string, Challenge | undefined>(async (hashes, query) => {
    const rows = await query<Challenge>(TAKE, [hashes]);
    const taken = new Map(rows.map((row) => [row.hash, challengeOf(row)]));
    return hashes.map((hash) => {
      const challenge = taken.get(hash);
      taken.delete(hash);
      return challenge;
    });
  });

  return {
    insertion: (passkey, most) =>
      postgresChange(async ({ database }) => {
        // Held until the commit, so that two insertions of an account do not both count what is there.
        await database
          .select({ id: users.id })
          .from(users)
          .where(eq(users.id, passkey.userId))
          .for("no key update");
        const [own] = await database
          .select({ count: count() })
          .from(passkeys)
          .where(eq(passkeys.userId, passkey.userId));
        if ((own?.count ?? 0) >= most) throw new ChangeRefused();
        const inserted = await database
          .insert(passkeys)
          .values(toRow(passkey))
          .onConflictDoNothing()
          .returning({ id: passkeys.id });
        if (inserted.length === 0) throw new ChangeRefused();
      }),

    find: (id) =>
      postgres.read(async (database) => {
        const [row] = await database.select().from(passkeys).where(eq(passkeys.id, id));
        return row === undefined ? undefined : fromRow(row);
      }),

    listOf: (userId) =>
      postgres.read(async (database) => {
        const rows = await database
          .select()
          .from(passkeys)
          .where(eq(passkeys.userId, userId))
          .orderBy(asc(passkeys.createdAtMs), asc(passkeys.id));
        return rows.map(fromRow);
      }),

    rename: (userId, id, name) =>
      postgres.write(async ({ database }) => {
        const { rowCount } = await database.update(passkeys).set({ name }).where(ofAccount(userId, id));
        return (rowCount ?? 0) > 0;
      }),

    deletionOf: (userId, id) =>
      postgresChange(async ({ database }) => {
        const { rowCount } = await database.delete(passkeys).where(ofAccount(userId, id));
        if ((rowCount ?? 0) === 0) throw new ChangeRefused();
      }),

    use: (id, { counter, backedUp, usedAtMs, ...use }) =>
      postgres.write(async ({ database }) => {
        const [known] = await database.select().from(passkeys).where(eq(passkeys.id, id)).for("update");
        if (known === undefined || !isLater(counter, known.counter)) return false;
        const lastUsedAtMs = Math.max(known.lastUsedAtMs ?? 0, usedAtMs);
        const isUserVerified = known.isUserVerified || use.isUserVerified;
        const used = { counter, backedUp, isUserVerified, lastUsedAtMs };
        await database.update(passkeys).set(used).where(eq(passkeys.id, id));
        return true;
      }),

    addChallenge: (challenge) =>
      postgres.write(async ({ database }) => {
        if (challenge.userId !== null) {
          // Held until the commit. Absent: deleted by another request in the meantime.
          const owner = await database
            .select({ id: users.id })
            .from(users)
            .where(eq(users.id, challenge.userId))
            .for("key share");
          if (owner.length === 0) return;
        }
        await database.insert(challenges).values(challenge);
      }),

    takeChallenge,

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "passkey challenges"))) return 0;
        const isFromFuture = gt(challenges.createdAtMs, nowMs + CLOCK_TOLERANCE_MS);
        const over = database
          .select({ hash: challenges.hash })
          .from(challenges)
          .where(or(lte(challenges.expiresAtMs, nowMs), isFromFuture))
          .limit(limit);
        return (await database.delete(challenges).where(inArray(challenges.hash, over))).rowCount ?? 0;
      }),
  };
}
