import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, notInArray, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { NOTHING_KEPT } from "../../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../../database/sqlite/sqlite.js";
import { users } from "../../accounts/tables.sqlite.js";
import type { TotpFactor, TotpStore } from "./store.js";
import { totpFactors } from "./tables.sqlite.js";

/** Authenticator apps in SQLite. */
export function sqliteTotpStore(sqlite: Sqlite): TotpStore {
  const { reader, writer } = sqlite;
  const listed = reader
    .select()
    .from(totpFactors)
    .where(and(eq(totpFactors.userId, sql.placeholder("userId")), isNotNull(totpFactors.confirmedAtMs)))
    .orderBy(asc(totpFactors.createdAtMs), asc(totpFactors.id))
    .prepare();
  const is = ({ id, userId }: Pick<TotpFactor, "id" | "userId">) =>
    and(eq(totpFactors.id, id), eq(totpFactors.userId, userId));

  return {
    listOf: async (userId) => sqlite.read(() => listed.all({ userId })),

    find: async (factor) => sqlite.read(() => reader.select().from(totpFactors).where(is(factor)).get()),

    begin: (factor, mostPending) =>
      sqlite.write(() => {
        const { userId } = factor;
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.id, userId)).get();
        if (owner === undefined) return false;
        writer.insert(totpFactors).values(factor).run();
        const isPending = and(eq(totpFactors.userId, userId), isNull(totpFactors.confirmedAtMs));
        const newest = writer
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(isPending)
          .orderBy(desc(totpFactors.createdAtMs), desc(totpFactors.id))
          .limit(mostPending);
        writer
          .delete(totpFactors)
          .where(and(isPending, notInArray(totpFactors.id, newest)))
          .run();
        return true;
      }, NOTHING_KEPT),

    confirmation: (factor, { lastStep, atMs, most }) =>
      sqliteChange(() => {
        const others = writer
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(and(eq(totpFactors.userId, factor.userId), isNotNull(totpFactors.confirmedAtMs)))
          .all();
        if (others.length >= most) throw new ChangeRefused();
        const { changes } = writer
          .update(totpFactors)
          .set({ confirmedAtMs: atMs, lastStep })
          .where(and(is(factor), isNull(totpFactors.confirmedAtMs)))
          .run();
        if (changes === 0) throw new ChangeRefused();
      }),

    spend: ({ id }, { from, to, atMs }) =>
      sqlite.write(() => {
        const { changes } = writer
          .update(totpFactors)
          .set({ lastStep: to, lastUsedAtMs: atMs })
          .where(and(eq(totpFactors.id, id), eq(totpFactors.lastStep, from)))
          .run();
        return changes > 0;
      }, NOTHING_KEPT),

    rename: (factor, name) =>
      sqlite.write(() => {
        const isCounted = and(is(factor), isNotNull(totpFactors.confirmedAtMs));
        return writer.update(totpFactors).set({ name }).where(isCounted).run().changes > 0;
      }, NOTHING_KEPT),

    deletionOf: (factor) =>
      sqliteChange(() => {
        if (writer.delete(totpFactors).where(is(factor)).run().changes === 0) throw new ChangeRefused();
      }),

    listSecrets: async (afterId, limit) =>
      sqlite.read(() =>
        reader
          .select({ id: totpFactors.id, secret: totpFactors.secret })
          .from(totpFactors)
          .where(gt(totpFactors.id, afterId))
          .orderBy(asc(totpFactors.id))
          .limit(limit)
          .all(),
      ),

    replaceSecret: ({ id }, { from, to }) =>
      sqlite.write(() => {
        const isSame = and(eq(totpFactors.id, id), eq(totpFactors.secret, from));
        return writer.update(totpFactors).set({ secret: to }).where(isSame).run().changes > 0;
      }, NOTHING_KEPT),

    deletePending: ({ beforeMs, afterMs, limit }) =>
      sqlite.write(() => {
        const isOver = or(lt(totpFactors.createdAtMs, beforeMs), gt(totpFactors.createdAtMs, afterMs));
        const over = writer
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(and(isNull(totpFactors.confirmedAtMs), isOver))
          .limit(limit);
        return writer.delete(totpFactors).where(inArray(totpFactors.id, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
