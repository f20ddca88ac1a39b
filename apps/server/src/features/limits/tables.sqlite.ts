import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const guesses = sqliteTable(
  "guesses",
  {
    id: text("id").primaryKey(),
    count: integer("count").notNull(),
    endsAtMs: integer("ends_at").notNull(),
    era: text("era"),
    begunUptimeMs: integer("begun_uptime"),
  },
  (table) => [index("guesses_ends_at").on(table.endsAtMs)],
);
