import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../../database/postgres/tables.postgres.js";
import { users } from "../../accounts/tables.postgres.js";

export const trustedDevices = pgTable(
  "trusted_devices",
  {
    hash: bytewise("hash").primaryKey(),
    id: bytewise("id").notNull().unique(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    factorGeneration: whole("factor_generation").notNull(),
    userAgent: text("user_agent"),
    address: text("address").notNull(),
    createdAtMs: whole("created_at").notNull(),
    lastUsedAtMs: whole("last_used_at").notNull(),
    expiresAtMs: whole("expires_at").notNull(),
  },
  (table) => [
    index("trusted_devices_user_id").on(table.userId),
    index("trusted_devices_expires_at").on(table.expiresAtMs),
  ],
);
