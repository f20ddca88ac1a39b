import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const guesses = pgTable(
  "guesses",
  {
    id: bytewise("id").primaryKey(),
    count: integer("count").notNull(),
    endsAtMs: whole("ends_at").notNull(),
    era: text("era"),
    begunUptimeMs: whole("begun_uptime"),
  },
  (table) => [index("guesses_ends_at").on(table.endsAtMs)],
);
