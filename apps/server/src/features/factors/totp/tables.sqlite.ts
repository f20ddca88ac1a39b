import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../accounts/tables.sqlite.js";

export const totpFactors = sqliteTable(
  "totp_factors",
  {
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    secret: text("secret").notNull(),
    lastStep: integer("last_step").notNull().default(0),
    confirmedAtMs: integer("confirmed_at"),
    createdAtMs: integer("created_at").notNull(),
    lastUsedAtMs: integer("last_used_at"),
  },
  (table) => [index("totp_factors_user_id").on(table.userId)],
);
