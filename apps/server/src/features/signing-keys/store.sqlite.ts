import { desc, lt, max } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
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
        writer.insert(signingKeys).values(key).run();
      }),
    deleteReplacedBefore: (ms) =>
      sqlite.write(() => {
        // The newest key of that moment was signing then; whatever is older had been replaced.
        const signing = all(writer).find((key) => key.createdAtMs <= ms);
        if (signing === undefined) return;
        writer.delete(signingKeys).where(lt(signingKeys.createdAtMs, signing.createdAtMs)).run();
      }),
  };
}
