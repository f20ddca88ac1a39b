import { desc, eq, inArray, max } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { lock } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import type { Statements } from "../../database/postgres/write.js";
import { datedBack, replacedBefore } from "./rules.js";
import type { KeyStore } from "./store.js";
import { signingKeys } from "./tables.postgres.js";

/** Signing keys in PostgreSQL. */
export function postgresKeyStore(postgres: Postgres): KeyStore {
  const all = (database: NodePgDatabase) =>
    database.select().from(signingKeys).orderBy(desc(signingKeys.createdAtMs), desc(signingKeys.kid));
  /** Keys are rarely made: one at a time. */
  const write = <T>(statements: Statements<T>) =>
    postgres.write(async (transaction) => {
      await lock(transaction.query, "signingKeys");
      return statements(transaction);
    });
  return {
    list: () => postgres.read(all),
    newestAtMs: () =>
      postgres.read(async (database) => {
        const [newest] = await database.select({ atMs: max(signingKeys.createdAtMs) }).from(signingKeys);
        return newest?.atMs ?? undefined;
      }),
    insertFirst: (key) =>
      write(async ({ database }) => {
        if ((await all(database)).length === 0) await database.insert(signingKeys).values(key);
        return all(database);
      }),
    insert: (key) =>
      write(async ({ database }) => {
        for (const { kid, createdAtMs } of datedBack(await all(database), key.createdAtMs)) {
          await database.update(signingKeys).set({ createdAtMs }).where(eq(signingKeys.kid, kid));
        }
        await database.insert(signingKeys).values(key);
      }),
    deleteReplacedBefore: (ms) =>
      write(async ({ database }) => {
        const kids = replacedBefore(await all(database), ms).map(({ kid }) => kid);
        if (kids.length > 0) await database.delete(signingKeys).where(inArray(signingKeys.kid, kids));
      }),
  };
}
