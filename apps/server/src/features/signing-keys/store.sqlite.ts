import { desc, eq, inArray, max } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { datedBack, replacedBefore } from "./rules.js";
import type { KeyStore } from "./store.js";
import { signingKeys } from "./tables.sqlite.js";

/** Signing keys in SQLite. */
export function sqliteKeyStore(sqlite: Sqlite): KeyStore {
  const { reader, writer } = sqlite;
  const all = (database: typeof reader) =>
    database.select().from(signingKeys).orderBy(desc(signingKeys.createdAtMs), desc(signingKeys.kid)).all();
  return {
    list: async () => sqlite.read(() => all(reader)),
    newestAtMs: async () =>
      sqlite.read(
        () =>
          reader
            .select({ atMs: max(signingKeys.createdAtMs) })
            .from(signingKeys)
            .get()?.atMs ?? undefined,
      ),
    insertFirst: (key) =>
      sqlite.write(() => {
        if (all(writer).length === 0) writer.insert(signingKeys).values(key).run();
        return all(writer);
      }),
    insert: (key) =>
      sqlite.write(() => {
        for (const { kid, createdAtMs } of datedBack(all(writer), key.createdAtMs)) {
          writer.update(signingKeys).set({ createdAtMs }).where(eq(signingKeys.kid, kid)).run();
        }
        writer.insert(signingKeys).values(key).run();
      }),
    deleteReplacedBefore: (ms) =>
      sqlite.write(() => {
        const kids = replacedBefore(all(writer), ms).map(({ kid }) => kid);
        writer.delete(signingKeys).where(inArray(signingKeys.kid, kids)).run();
      }),
  };
}
