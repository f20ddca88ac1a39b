import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "../accounts/tables.sqlite.js";

export const secrets = sqliteTable(
  "secrets",
  {
    hash: text("hash").primaryKey(),
    purpose: text("purpose").notNull(),
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
