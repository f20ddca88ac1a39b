import { inArray } from "drizzle-orm";
import { lockNamed, tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { columnList } from "../../database/postgres/statement.js";
import type { Place, PlaceStore } from "./store.js";
import { knownPlaces } from "./tables.postgres.js";

const COUNTS = "ends_at > $2 AND ends_at <= $3";
const KNOWN = {
  name: "known_places",
  text: `SELECT ${columnList(knownPlaces, { only: ["id", "endsAtMs"] })} FROM known_places
    WHERE id = ANY($1) AND ${COUNTS}`,
};
const OWNED = {
  name: "known_place_of_owner",
  text: `SELECT id FROM known_places WHERE owner_id = $1 AND ${COUNTS} LIMIT 1`,
};
const REMEMBER = {
  name: "remember_place",
  text: `INSERT INTO known_places (id, owner_id, ends_at) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at`,
};
/** Those of a clock that was ahead go too: otherwise they would be the last to go. */
const PRUNE = {
  name: "prune_places",
  text: `DELETE FROM known_places WHERE owner_id = $1 AND id NOT IN (
    SELECT id FROM known_places WHERE owner_id = $1 AND ends_at <= $2 ORDER BY ends_at DESC LIMIT $3)`,
};
const DELETE_OVER = {
  name: "delete_places_over",
  text: `DELETE FROM known_places WHERE id = ANY (ARRAY(
    SELECT id FROM known_places WHERE ends_at <= $1 OR ends_at > $2 LIMIT $3 FOR UPDATE SKIP LOCKED))
    RETURNING id`,
};

/** Known places in PostgreSQL. */
export function postgresPlaceStore(postgres: Postgres): PlaceStore {
  return {
    known: (placeIds, { nowMs, latestMs }) => postgres.query<Place>(KNOWN, [placeIds, nowMs, latestMs]),

    hasPlaces: async (ownerId, { nowMs, latestMs }) =>
      (await postgres.query(OWNED, [ownerId, nowMs, latestMs])).length > 0,

    remembering: (places) =>
      postgresChange(async ({ query }) => {
        for (const { id, ownerId, endsAtMs, perOwner, latestMs } of places) {
          // Otherwise two that are remembered at once would not see each other, and both would stay.
          await lockNamed(query, "ownerOfPlaces", ownerId);
          await query(REMEMBER, [id, ownerId, endsAtMs]);
          await query(PRUNE, [ownerId, latestMs, perOwner]);
        }
      }),

    commit: (change) => postgres.write((transaction) => transaction.add(change)),

    forgetting: (ownerIds) =>
      postgresChange(async ({ database }) => {
        await database.delete(knownPlaces).where(inArray(knownPlaces.ownerId, [...ownerIds]));
      }),

    deleteOver: ({ nowMs, latestMs, limit }) =>
      postgres.write(async ({ query }) => {
        if (!(await tryTask(query, "places"))) return 0;
        return (await query(DELETE_OVER, [nowMs, latestMs, limit])).length;
      }),
  };
}
