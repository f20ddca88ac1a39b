import { and, desc, eq, gt, inArray, lte, notInArray, sql } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite, WriteOptions } from "../../database/sqlite/sqlite.js";
import type { PlaceStore } from "./store.js";
import { knownPlaces } from "./tables.sqlite.js";

/** Losing a place in a power failure is better than waiting for the disk at every sign-in. */
const MAY_BE_LOST: WriteOptions = { ...NOTHING_KEPT, mayBeLost: true };

/** Known places in SQLite: shared by all processes, and kept across restarts. */
export function sqlitePlaceStore(sqlite: Sqlite): PlaceStore {
  const { reader, writer } = sqlite;
  const known = reader
    .select({ id: knownPlaces.id, endsAtMs: knownPlaces.endsAtMs })
    .from(knownPlaces)
    .where(and(eq(knownPlaces.id, sql.placeholder("id")), gt(knownPlaces.endsAtMs, sql.placeholder("nowMs"))))
    .prepare();
  // `get` takes the first row. With a bound LIMIT SQLite would recompile the statement at every call.
  const owned = reader
    .select({ id: knownPlaces.id })
    .from(knownPlaces)
    .where(
      and(
        eq(knownPlaces.ownerId, sql.placeholder("ownerId")),
        gt(knownPlaces.endsAtMs, sql.placeholder("nowMs")),
      ),
    )
    .prepare();

  return {
    known: async (placeIds, nowMs) => sqlite.read(() => placeIds.flatMap((id) => known.all({ id, nowMs }))),

    hasPlaces: async (ownerId, nowMs) => sqlite.read(() => owned.get({ ownerId, nowMs }) !== undefined),

    remember: (places) =>
      sqlite.write(() => {
        for (const { perOwner, ...place } of places) {
          writer
            .insert(knownPlaces)
            .values(place)
            .onConflictDoUpdate({ target: knownPlaces.id, set: { endsAtMs: place.endsAtMs } })
            .run();
          const toBeKept = writer
            .select({ id: knownPlaces.id })
            .from(knownPlaces)
            .where(eq(knownPlaces.ownerId, place.ownerId))
            .orderBy(desc(knownPlaces.endsAtMs))
            .limit(perOwner);
          writer
            .delete(knownPlaces)
            .where(and(eq(knownPlaces.ownerId, place.ownerId), notInArray(knownPlaces.id, toBeKept)))
            .run();
        }
      }, MAY_BE_LOST),

    forget: (ownerIds) =>
      sqlite.write(() => {
        writer
          .delete(knownPlaces)
          .where(inArray(knownPlaces.ownerId, [...ownerIds]))
          .run();
      }, NOTHING_KEPT),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ id: knownPlaces.id })
          .from(knownPlaces)
          .where(lte(knownPlaces.endsAtMs, nowMs))
          .limit(limit);
        return writer.delete(knownPlaces).where(inArray(knownPlaces.id, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
