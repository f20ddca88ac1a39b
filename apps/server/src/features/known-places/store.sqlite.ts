import { and, desc, eq, gt, inArray, lte, notInArray, or, sql } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange, type WriteOptions } from "../../database/sqlite/sqlite.js";
import type { PlaceStore } from "./store.js";
import { knownPlaces } from "./tables.sqlite.js";

/** Losing a place in a power failure is better than waiting for the disk at every sign-in. */
const MAY_BE_LOST: WriteOptions = { ...NOTHING_KEPT, mayBeLost: true };

/** Known places in SQLite: shared by all processes, and kept across restarts. */
export function sqlitePlaceStore(sqlite: Sqlite): PlaceStore {
  const { reader, writer } = sqlite;
  const counts = and(
    gt(knownPlaces.endsAtMs, sql.placeholder("nowMs")),
    lte(knownPlaces.endsAtMs, sql.placeholder("latestMs")),
  );
  const known = reader
    .select({ id: knownPlaces.id, endsAtMs: knownPlaces.endsAtMs })
    .from(knownPlaces)
    .where(and(eq(knownPlaces.id, sql.placeholder("id")), counts))
    .prepare();
  // `get` takes the first row. With a bound LIMIT SQLite would recompile the statement at every call.
  const owned = reader
    .select({ id: knownPlaces.id })
    .from(knownPlaces)
    .where(and(eq(knownPlaces.ownerId, sql.placeholder("ownerId")), counts))
    .prepare();

  return {
    known: async (placeIds, span) => sqlite.read(() => placeIds.flatMap((id) => known.all({ id, ...span }))),

    hasPlaces: async (ownerId, span) => sqlite.read(() => owned.get({ ownerId, ...span }) !== undefined),

    remembering: (places) =>
      sqliteChange(() => {
        for (const { perOwner, latestMs, ...place } of places) {
          const isOwners = eq(knownPlaces.ownerId, place.ownerId);
          // Otherwise those of a clock that was ahead would be the last to go.
          writer
            .delete(knownPlaces)
            .where(and(isOwners, gt(knownPlaces.endsAtMs, latestMs)))
            .run();
          writer
            .insert(knownPlaces)
            .values(place)
            .onConflictDoUpdate({ target: knownPlaces.id, set: { endsAtMs: place.endsAtMs } })
            .run();
          const toBeKept = writer
            .select({ id: knownPlaces.id })
            .from(knownPlaces)
            .where(isOwners)
            .orderBy(desc(knownPlaces.endsAtMs))
            .limit(perOwner);
          writer
            .delete(knownPlaces)
            .where(and(isOwners, notInArray(knownPlaces.id, toBeKept)))
            .run();
        }
      }),

    commit: (change) => sqlite.write((add) => add(change), MAY_BE_LOST),

    forgetting: (ownerIds) =>
      sqliteChange(() => {
        writer
          .delete(knownPlaces)
          .where(inArray(knownPlaces.ownerId, [...ownerIds]))
          .run();
      }),

    deleteOver: ({ nowMs, latestMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ id: knownPlaces.id })
          .from(knownPlaces)
          .where(or(lte(knownPlaces.endsAtMs, nowMs), gt(knownPlaces.endsAtMs, latestMs)))
          .limit(limit);
        return writer.delete(knownPlaces).where(inArray(knownPlaces.id, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
