import { and, count, eq, isNull, sql } from "drizzle-orm";
import { together } from "../../../database/change.js";
import { NOTHING_KEPT } from "../../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../../database/sqlite/sqlite.js";
import { users } from "../../accounts/tables.sqlite.js";
import type { RecoveryCodeStore } from "./store.js";
import { recoveryCodes } from "./tables.sqlite.js";

/** Recovery codes in SQLite. */
export function sqliteRecoveryCodeStore(sqlite: Sqlite): RecoveryCodeStore {
  const { reader, writer } = sqlite;
  const left = reader
    .select({ left: count() })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, sql.placeholder("userId")), isNull(recoveryCodes.usedAtMs)))
    .prepare();
  const deletionOf = (userId: number) =>
    sqliteChange(() => void writer.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)).run());
  const replacing: RecoveryCodeStore["replacing"] = (userId, hashes, createdAtMs) => {
    const rows = hashes.map((hash) => ({ hash, userId, createdAtMs }));
    return together(
      deletionOf(userId),
      sqliteChange(() => void writer.insert(recoveryCodes).values(rows).run()),
    );
  };

  return {
    countOf: async (userId) => sqlite.read(() => left.get({ userId })?.left ?? 0),
    replacing,

    replace: (userId, hashes, atMs, also) =>
      sqlite.write((add) => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.id, userId)).get();
        if (owner === undefined) return false;
        add(replacing(userId, hashes, atMs));
        add(also);
        return true;
      }, NOTHING_KEPT),

    use: ({ userId, hash, atMs }, also) =>
      sqlite.write((add) => {
        const { changes } = writer
          .update(recoveryCodes)
          .set({ usedAtMs: atMs })
          .where(
            and(
              eq(recoveryCodes.hash, hash),
              eq(recoveryCodes.userId, userId),
              isNull(recoveryCodes.usedAtMs),
            ),
          )
          .run();
        if (changes > 0) add(also);
        return changes > 0;
      }, NOTHING_KEPT),

    deletionOf,
  };
}
