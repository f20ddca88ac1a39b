import { and, eq, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.sqlite.js";
import type { SignInStore } from "./store.js";
import { signIns } from "./tables.sqlite.js";

/** Sign-ins in progress in SQLite. */
export function sqliteSignInStore(sqlite: Sqlite): SignInStore {
  const { reader, writer } = sqlite;
  return {
    insert: (step) =>
      sqlite.write(() => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.id, step.userId));
        if (owner.get() === undefined) return false;
        writer.insert(signIns).values(step).run();
        return true;
      }, NOTHING_KEPT),

    find: async (hash) =>
      sqlite.read(() => {
        const row = reader
          .select({ step: signIns, uuid: users.uuid })
          .from(signIns)
          .innerJoin(users, eq(users.id, signIns.userId))
          .where(eq(signIns.hash, hash))
          .get();
        return row && { ...row.step, uuid: row.uuid };
      }),

    countTry: (hash, most) =>
      sqlite.write(() => {
        const isOpen = and(eq(signIns.hash, hash), lt(signIns.tries, most));
        return (
          writer
            .update(signIns)
            .set({ tries: sql`${signIns.tries} + 1` })
            .where(isOpen)
            .run().changes > 0
        );
      }, NOTHING_KEPT),

    taking: (hash) =>
      sqliteChange(() => {
        const { changes } = writer.delete(signIns).where(eq(signIns.hash, hash)).run();
        if (changes === 0) throw new ChangeRefused();
      }),

    enrolled: (hash, now) =>
      sqliteChange(() => {
        const { changes } = writer
          .update(signIns)
          .set({ ...now, step: "enrolled" })
          .where(and(eq(signIns.hash, hash), eq(signIns.step, "enrol")))
          .run();
        if (changes === 0) throw new ChangeRefused();
      }),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ hash: signIns.hash })
          .from(signIns)
          .where(or(lte(signIns.expiresAtMs, nowMs), gt(signIns.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return writer.delete(signIns).where(inArray(signIns.hash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
