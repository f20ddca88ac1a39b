import { index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const secrets = pgTable(
  "secrets",
  {
    hash: bytewise("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    // No foreign key: an invitation's account does not exist yet.
    subject: bytewise("user_uuid").notNull(),
    epoch: integer("epoch").notNull(),
    email: bytewise("email").notNull(),
    sessionId: bytewise("session_id"),
    createdAtMs: whole("created_at").notNull().default(0),
    expiresAtMs: whole("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("secrets_user_purpose").on(table.subject, table.purpose),
    index("secrets_expires_at").on(table.expiresAtMs),
    index("secrets_session_id").on(table.sessionId),
  ],
);
