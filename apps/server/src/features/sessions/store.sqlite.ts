import { and, asc, eq, gt, inArray, isNull, lt, lte, sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createRowCache } from "../../platform/row-cache.js";
import type { Sqlite } from "../../platform/sqlite.js";
import { users } from "../accounts/store.sqlite.js";
import type { Revocation, Session, SessionStore } from "./store.js";

export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    tokenId: text("token_id").notNull(),
    tokenEndsAtMs: integer("token_ends_at").notNull(),
    createdAtMs: integer("created_at").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
    keyed: integer("keyed", { mode: "boolean" }).notNull().default(false),
    revokedAtMs: integer("revoked_at"),
  },
  (table) => [
    index("sessions_user_id").on(table.userId),
    index("sessions_token_ends_at").on(table.tokenEndsAtMs),
  ],
);

/** One row per dead id: a session's that was ended, or a token's that was exchanged, with what followed it. */
export const revocations = sqliteTable(
  "revocations",
  {
    id: text("id").primaryKey(),
    revokedAtMs: integer("revoked_at").notNull(),
    endsAtMs: integer("ends_at").notNull(),
    keyHash: text("key_hash"),
    sealedSuccessor: text("sealed_successor"),
  },
  (table) => [index("revocations_ends_at").on(table.endsAtMs)],
);

/** Sessions and revocations in SQLite. */
export function sqliteSessionStore(sqlite: Sqlite): SessionStore {
  const { reader, writer } = sqlite;
  const cache = createRowCache<string, Session | undefined>(sqlite.version);
  const byId = reader
    .select()
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")))
    .prepare();
  const exchanged = reader
    .select()
    .from(revocations)
    .where(eq(revocations.id, sql.placeholder("id")))
    .prepare();

  const insertion = writer
    .insert(sessions)
    .values({
      id: sql.placeholder("id"),
      userId: sql.placeholder("userId"),
      epoch: sql.placeholder("epoch"),
      tokenId: sql.placeholder("tokenId"),
      tokenEndsAtMs: sql.placeholder("tokenEndsAtMs"),
      createdAtMs: sql.placeholder("createdAtMs"),
      expiresAtMs: sql.placeholder("expiresAtMs"),
    })
    .prepare();

  const compareAndSet = writer
    .update(sessions)
    .set({
      tokenId: sql`${sql.placeholder("toTokenId")}`,
      tokenEndsAtMs: sql`${sql.placeholder("toEndsAtMs")}`,
      keyed: sql`max(${sessions.keyed}, ${sql.placeholder("keyed")})`,
    })
    .where(
      and(
        eq(sessions.id, sql.placeholder("sessionId")),
        eq(sessions.tokenId, sql.placeholder("fromTokenId")),
        isNull(sessions.revokedAtMs),
      ),
    )
    .prepare();

  const remember = writer
    .insert(revocations)
    .values({
      id: sql.placeholder("id"),
      revokedAtMs: sql.placeholder("revokedAtMs"),
      endsAtMs: sql.placeholder("endsAtMs"),
      keyHash: sql.placeholder("keyHash"),
      sealedSuccessor: sql.placeholder("sealedSuccessor"),
    })
    .onConflictDoNothing()
    .prepare();

  const rememberSession = ({ id, endsAtMs }: Revocation, revokedAtMs: number) =>
    remember.run({ id, revokedAtMs, endsAtMs, keyHash: null, sealedSuccessor: null });

  return {
    insert: (session) =>
      sqlite.write(
        () => {
          insertion.run({ ...session });
        },
        { forget: () => cache.forget(session.id) },
      ),

    find: async (id) => cache.get(id, () => sqlite.read(() => byId.get({ id }))),

    exchange: ({ keyHash = null, sealedSuccessor = null, ...exchange }) =>
      sqlite.write(
        () => {
          if (compareAndSet.run({ ...exchange, keyed: keyHash === null ? 0 : 1 }).changes === 0) return false;
          const { fromTokenId: id, atMs: revokedAtMs, fromEndsAtMs: endsAtMs } = exchange;
          remember.run({ id, revokedAtMs, endsAtMs, keyHash, sealedSuccessor });
          return true;
        },
        { forget: () => cache.forget(exchange.sessionId) },
      ),

    findExchanged: async (tokenId) => {
      const row = sqlite.read(() => exchanged.get({ id: tokenId }));
      return row && { atMs: row.revokedAtMs, keyHash: row.keyHash, sealedSuccessor: row.sealedSuccessor };
    },

    revoke: (id, { atMs, tokenId }) =>
      sqlite.write(() => {
        const [revoked] = writer
          .update(sessions)
          .set({ revokedAtMs: atMs })
          .where(
            and(
              eq(sessions.id, id),
              isNull(sessions.revokedAtMs),
              tokenId === undefined ? undefined : eq(sessions.tokenId, tokenId),
            ),
          )
          .returning({ id: sessions.id, endsAtMs: sessions.tokenEndsAtMs })
          .all();
        if (revoked !== undefined) rememberSession(revoked, atMs);
        return revoked;
      }),

    revokeAll: (userId, { atMs, newEpoch, keepId }) =>
      sqlite.write(() => {
        if (keepId !== undefined) {
          writer
            .update(sessions)
            .set({ epoch: newEpoch })
            .where(and(eq(sessions.id, keepId), eq(sessions.userId, userId)))
            .run();
        }
        const revoked = writer
          .update(sessions)
          .set({ revokedAtMs: atMs })
          .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAtMs), lt(sessions.epoch, newEpoch)))
          .returning({ id: sessions.id, endsAtMs: sessions.tokenEndsAtMs })
          .all();
        for (const each of revoked) rememberSession(each, atMs);
        return revoked;
      }),

    listRevocations: async ({ afterId, limit, nowMs }) =>
      sqlite.read(() =>
        reader
          .select({ id: revocations.id, endsAtMs: revocations.endsAtMs })
          .from(revocations)
          .where(and(gt(revocations.id, afterId), gt(revocations.endsAtMs, nowMs)))
          .orderBy(asc(revocations.id))
          .limit(limit)
          .all(),
      ),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const overSessions = writer
          .select({ id: sessions.id })
          .from(sessions)
          .where(lte(sessions.tokenEndsAtMs, nowMs))
          .limit(limit);
        const overRevocations = writer
          .select({ id: revocations.id })
          .from(revocations)
          .where(lte(revocations.endsAtMs, nowMs))
          .limit(limit);
        const { changes: ended } = writer.delete(sessions).where(inArray(sessions.id, overSessions)).run();
        const { changes: forgotten } = writer
          .delete(revocations)
          .where(inArray(revocations.id, overRevocations))
          .run();
        return ended + forgotten;
      }),
  };
}
