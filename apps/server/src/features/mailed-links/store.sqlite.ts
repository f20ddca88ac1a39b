import { and, eq, inArray, lte } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { users } from "../accounts/store.sqlite.js";
import type { SecretStore } from "./store.js";

export const secrets = sqliteTable(
  "secrets",
  {
    hash: text("hash").primaryKey(),
    purpose: text("purpose", { enum: ["recovery", "verification", "emailChange"] }).notNull(),
    subject: text("user_uuid")
      .notNull()
      .references(() => users.uuid, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    email: text("email").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("secrets_user_purpose").on(table.subject, table.purpose),
    index("secrets_expires_at").on(table.expiresAtMs),
  ],
);

/** One-time secrets in SQLite. */
export function sqliteSecretStore(sqlite: Sqlite): SecretStore {
  const { reader, writer } = sqlite;
  // No row that is kept in memory is changed.
  const write = <T>(statements: () => T) => sqlite.write(statements, { forget: () => {} });
  return {
    insert: (secret) =>
      write(() => {
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.uuid, secret.subject));
        // Deleted by another request meanwhile: what nobody keeps opens nothing.
        if (owner.get() === undefined) return;
        writer
          .insert(secrets)
          .values(secret)
          .onConflictDoUpdate({ target: [secrets.subject, secrets.purpose], set: secret })
          .run();
      }),

    find: async (hash) =>
      sqlite.read(() => reader.select().from(secrets).where(eq(secrets.hash, hash)).get()),

    deleteOf: (subject, purpose) =>
      write(() => {
        const isFor = purpose === undefined ? undefined : eq(secrets.purpose, purpose);
        writer
          .delete(secrets)
          .where(and(eq(secrets.subject, subject), isFor))
          .run();
      }),

    deleteOver: ({ nowMs, limit }) =>
      write(() => {
        const over = writer
          .select({ hash: secrets.hash })
          .from(secrets)
          .where(lte(secrets.expiresAtMs, nowMs))
          .limit(limit);
        return writer.delete(secrets).where(inArray(secrets.hash, over)).run().changes;
      }),
  };
}
