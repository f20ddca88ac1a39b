import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const secrets = sqliteTable(
  "secrets",
  {
    hash: text("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    // No foreign key: an invitation's account does not exist yet.
    subject: text("user_uuid").notNull(),
    epoch: integer("epoch").notNull(),
    email: text("email").notNull(),
    sessionId: text("session_id"),
    createdAtMs: integer("created_at").notNull().default(0),
    expiresAtMs: integer("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("secrets_user_purpose").on(table.subject, table.purpose),
    index("secrets_expires_at").on(table.expiresAtMs),
    index("secrets_session_id").on(table.sessionId),
  ],
);
