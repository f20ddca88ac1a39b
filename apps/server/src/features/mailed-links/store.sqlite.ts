import { and, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.sqlite.js";
import type { MailedLink, MailedLinkStore } from "./store.js";
import { secrets } from "./tables.sqlite.js";

/** Mailed links in SQLite. */
export function sqliteMailedLinkStore(sqlite: Sqlite): MailedLinkStore {
  const { reader, writer } = sqlite;
  const insertion = (link: MailedLink) =>
    sqliteChange(() => {
      writer
        .insert(secrets)
        .values(link)
        .onConflictDoUpdate({ target: [secrets.subject, secrets.purpose], set: link })
        .run();
    });

  return {
    insertion,

    taking: (hash) =>
      sqliteChange(() => {
        const { changes } = writer.delete(secrets).where(eq(secrets.hash, hash)).run();
        if (changes === 0) throw new ChangeRefused();
      }),

    deletionOf: (subject, purpose) =>
      sqliteChange(() => {
        const isFor = purpose === undefined ? undefined : eq(secrets.purpose, purpose);
        writer
          .delete(secrets)
          .where(and(eq(secrets.subject, subject), isFor))
          .run();
      }),

    deletionOfSessions: (sessionIds) =>
      sqliteChange(() => {
        for (const id of sessionIds) writer.delete(secrets).where(eq(secrets.sessionId, id)).run();
      }),

    insert: (link) =>
      sqlite.write((add) => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.uuid, link.subject));
        // The account was deleted by another request in the meantime: a link that is not stored opens
        // nothing.
        if (owner.get() !== undefined) add(insertion(link));
      }, NOTHING_KEPT),

    find: async (hash) =>
      sqlite.read(() => reader.select().from(secrets).where(eq(secrets.hash, hash)).get()),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ hash: secrets.hash })
          .from(secrets)
          .where(or(lte(secrets.expiresAtMs, nowMs), gt(secrets.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return writer.delete(secrets).where(inArray(secrets.hash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
