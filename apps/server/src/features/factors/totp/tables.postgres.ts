import { index, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../../database/postgres/tables.postgres.js";
import { users } from "../../accounts/tables.postgres.js";

export const totpFactors = pgTable(
  "totp_factors",
  {
    id: bytewise("id").primaryKey(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    secret: text("secret").notNull(),
    lastStep: whole("last_step").notNull().default(0),
    confirmedAtMs: whole("confirmed_at"),
    createdAtMs: whole("created_at").notNull(),
    lastUsedAtMs: whole("last_used_at"),
  },
  (table) => [index("totp_factors_user_id").on(table.userId)],
);
