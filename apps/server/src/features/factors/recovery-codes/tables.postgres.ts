import { index, pgTable } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../../database/postgres/tables.postgres.js";
import { users } from "../../accounts/tables.postgres.js";

export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    hash: bytewise("hash").primaryKey(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    usedAtMs: whole("used_at"),
    createdAtMs: whole("created_at").notNull(),
  },
  (table) => [index("recovery_codes_user_id").on(table.userId)],
);
