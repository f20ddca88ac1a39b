import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../accounts/tables.sqlite.js";

export const postcards = sqliteTable(
  "postcards",
  {
    id: text("id").primaryKey(),
    subject: text("user_uuid")
      .notNull()
      .references(() => users.uuid, { onDelete: "cascade" }),
    text: text("text").notNull(),
    writtenAtMs: integer("written_at").notNull(),
  },
  (table) => [
    index("postcards_user").on(table.subject, table.writtenAtMs),
    index("postcards_written_at").on(table.writtenAtMs),
  ],
);
