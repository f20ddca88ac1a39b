import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The log of sessions that ended before their time, in the order of commits. Triggers on `sessions` and `users`
 * write it (kind `r`), whichever process or program changes the rows. A migration that rebuilds one of these
 * tables must create its triggers again.
 */
export const changes = sqliteTable(
  "changes",
  {
    n: integer("n").primaryKey(),
    /** Random: recognises the row if this is still the same history. */
    tag: integer("tag").notNull(),
    kind: text("kind").notNull(),
    id: text("id").notNull(),
    atMs: integer("at").notNull(),
  },
  (table) => [index("changes_id").on(table.id)],
);
