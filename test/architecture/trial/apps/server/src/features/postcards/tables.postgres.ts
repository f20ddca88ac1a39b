import { index, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";
import { users } from "../accounts/tables.postgres.js";

export const postcards = pgTable(
  "postcards",
  {
    id: bytewise("id").primaryKey(),
    subject: bytewise("user_uuid")
      .notNull()
      .references(() => users.uuid, { onDelete: "cascade" }),
    text: text("text").notNull(),
    writtenAtMs: whole("written_at").notNull(),
  },
  (table) => [
    index("postcards_user").on(table.subject, table.writtenAtMs),
    index("postcards_written_at").on(table.writtenAtMs),
  ],
);
