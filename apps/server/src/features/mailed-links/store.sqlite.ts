import { and, eq, inArray, lte } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { users } from "../accounts/tables.sqlite.js";
import type { MailedLinkStore } from "./store.js";
import { secrets } from "./tables.sqlite.js";

/** Mailed links in SQLite. */
export function sqliteMailedLinkStore(sqlite: Sqlite): MailedLinkStore {
  const { reader, writer } = sqlite;
  const deletionOf = (subject: string, purpose?: string) =>
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

    insert: (link) =>
      sqlite.write(() => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.uuid, link.subject));
        // The account was deleted by another request in the meantime: a link that is not stored opens
        // nothing.
        if (owner.get() === undefined) return;
        writer
          .insert(secrets)
          .values(link)
          .onConflictDoUpdate({ target: [secrets.subject, secrets.purpose], set: link })
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
