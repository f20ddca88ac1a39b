import { and, eq, inArray, lte } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { users } from "../accounts/tables.sqlite.js";
import type { SecretPurpose, SecretStore } from "./store.js";
import { secrets } from "./tables.sqlite.js";

/** One-time secrets in SQLite. */
export function sqliteSecretStore(sqlite: Sqlite): SecretStore {
  const { reader, writer } = sqlite;
  const deletionOf = (subject: string, purpose?: SecretPurpose) =>
    sqliteChange(() => {
      const isFor = purpose === undefined ? undefined : eq(secrets.purpose, purpose);
      writer
        .delete(secrets)
        .where(and(eq(secrets.subject, subject), isFor))
        .run();
    });

  return {
    deletionOf,
    deleteOf: (...of) => sqlite.write((add) => add(deletionOf(...of)), NOTHING_KEPT),

    insert: (secret) =>
      sqlite.write(() => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.uuid, secret.subject));
        // Deleted by another request meanwhile: what nobody keeps opens nothing.
        if (owner.get() === undefined) return;
        writer
          .insert(secrets)
          .values(secret)
          .onConflictDoUpdate({ target: [secrets.subject, secrets.purpose], set: secret })
          .run();
      }, NOTHING_KEPT),

    find: async (hash) =>
      sqlite.read(() => reader.select().from(secrets).where(eq(secrets.hash, hash)).get()),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ hash: secrets.hash })
          .from(secrets)
          .where(lte(secrets.expiresAtMs, nowMs))
          .limit(limit);
        return writer.delete(secrets).where(inArray(secrets.hash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
