import { eq } from "drizzle-orm";
import { type Postgres, postgresChange } from "../../../database/postgres/postgres.js";
import { users } from "../../accounts/tables.postgres.js";
import type { RecoveryCodeStore } from "./store.js";
import { recoveryCodes } from "./tables.postgres.js";

const COUNT = {
  name: "recovery_codes_left",
  text: "SELECT count(*)::int AS left FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL",
};
const USE = {
  name: "use_recovery_code",
  text: `UPDATE recovery_codes SET used_at = $3 WHERE hash = $1 AND user_id = $2 AND used_at IS NULL RETURNING hash`,
};

/** Recovery codes in PostgreSQL. */
export function postgresRecoveryCodeStore(postgres: Postgres): RecoveryCodeStore {
  const deletionOf = (userId: number) =>
    postgresChange(async ({ database }) => {
      await database.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
    });
  const replacing: RecoveryCodeStore["replacing"] = (userId, hashes, createdAtMs) =>
    postgresChange(async ({ database, add }) => {
      await add(deletionOf(userId));
      await database.insert(recoveryCodes).values(hashes.map((hash) => ({ hash, userId, createdAtMs })));
    });

  return {
    countOf: async (userId) => (await postgres.query<{ left: number }>(COUNT, [userId]))[0]?.left ?? 0,
    replacing,

    replace: (userId, hashes, atMs, also) =>
      postgres.write(async ({ database, add }) => {
        // Held until the commit: of two sets that are made at once, one replaces the other.
        const [owner] = await database
          .select({ id: users.id })
          .from(users)
          .where(eq(users.id, userId))
          .for("no key update");
        if (owner === undefined) return false;
        await add(replacing(userId, hashes, atMs));
        await add(also);
        return true;
      }),

    use: ({ userId, hash, atMs }, also) =>
      postgres.write(async ({ query, add }) => {
        if ((await query(USE, [hash, userId, atMs])).length === 0) return false;
        await add(also);
        return true;
      }),

    deletionOf,
  };
}
