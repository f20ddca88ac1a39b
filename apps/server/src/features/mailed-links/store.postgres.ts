import { and, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.postgres.js";
import type { MailedLink, MailedLinkStore } from "./store.js";
import { secrets } from "./tables.postgres.js";

/** Mailed links in PostgreSQL. */
export function postgresMailedLinkStore(postgres: Postgres): MailedLinkStore {
  const insertion = (link: MailedLink) =>
    postgresChange(async ({ database }) => {
      await database
        .insert(secrets)
        .values(link)
        .onConflictDoUpdate({ target: [secrets.subject, secrets.purpose], set: link });
    });

  return {
    insertion,

    taking: (hash) =>
      postgresChange(async ({ database }) => {
        const taken = await database
          .delete(secrets)
          .where(eq(secrets.hash, hash))
          .returning({ hash: secrets.hash });
        if (taken.length === 0) throw new ChangeRefused();
      }),

    deletionOf: (subject, purpose) =>
      postgresChange(async ({ database }) => {
        const isFor = purpose === undefined ? undefined : eq(secrets.purpose, purpose);
        await database.delete(secrets).where(and(eq(secrets.subject, subject), isFor));
      }),

    deletionOfSessions: (sessionIds) =>
      postgresChange(async ({ database }) => {
        if (sessionIds.length === 0) return;
        await database.delete(secrets).where(inArray(secrets.sessionId, [...sessionIds]));
      }),

    insert: (link) =>
      postgres.write(async ({ database, add }) => {
        // Held until the commit, so that no deletion of the account overlooks the link.
        const [owner] = await database
          .select({ id: users.id })
          .from(users)
          .where(eq(users.uuid, link.subject))
          .for("key share");
        // The account was deleted by another request in the meantime: a link that is not stored opens
        // nothing.
        if (owner !== undefined) await add(insertion(link));
      }),

    find: (hash) =>
      postgres.read(async (database) => {
        const [link] = await database.select().from(secrets).where(eq(secrets.hash, hash));
        return link;
      }),

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "mailed links"))) return 0;
        const isFromFuture = gt(secrets.createdAtMs, nowMs + CLOCK_TOLERANCE_MS);
        const over = database
          .select({ hash: secrets.hash })
          .from(secrets)
          .where(or(lte(secrets.expiresAtMs, nowMs), isFromFuture))
          .limit(limit);
        return (await database.delete(secrets).where(inArray(secrets.hash, over))).rowCount ?? 0;
      }),
  };
}
