import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const guesses = sqliteTable(
  "guesses",
  {
    id: text("id").primaryKey(),
    count: integer("count").notNull(),
    endsAtMs: integer("ends_at").notNull(),
  },
  (table) => [index("guesses_ends_at").on(table.endsAtMs)],
);
