import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const knownPlaces = sqliteTable(
  "known_places",
  {
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    endsAtMs: integer("ends_at").notNull(),
  },
  (table) => [
    index("known_places_owner_id").on(table.ownerId),
    index("known_places_ends_at").on(table.endsAtMs),
  ],
);
