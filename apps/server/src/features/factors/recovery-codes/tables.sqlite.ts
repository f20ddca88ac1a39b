import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../accounts/tables.sqlite.js";

export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    hash: text("hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    usedAtMs: integer("used_at"),
    createdAtMs: integer("created_at").notNull(),
  },
  (table) => [index("recovery_codes_user_id").on(table.userId)],
);
