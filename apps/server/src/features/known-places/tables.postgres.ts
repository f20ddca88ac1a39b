import { index, pgTable } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const knownPlaces = pgTable(
  "known_places",
  {
    id: bytewise("id").primaryKey(),
    ownerId: bytewise("owner_id").notNull(),
    endsAtMs: whole("ends_at").notNull(),
  },
  (table) => [
    index("known_places_owner_id").on(table.ownerId),
    index("known_places_ends_at").on(table.endsAtMs),
  ],
);
