import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../accounts/tables.sqlite.js";

export const trustedDevices = sqliteTable(
  "trusted_devices",
  {
    hash: text("hash").primaryKey(),
    id: text("id").notNull().unique(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    factorGeneration: integer("factor_generation").notNull(),
    userAgent: text("user_agent"),
    address: text("address").notNull(),
    createdAtMs: integer("created_at").notNull(),
    lastUsedAtMs: integer("last_used_at").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
  },
  (table) => [
    index("trusted_devices_user_id").on(table.userId),
    index("trusted_devices_expires_at").on(table.expiresAtMs),
  ],
);
