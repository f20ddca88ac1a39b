import { and, desc, eq, gt, inArray, lte, notInArray, sql } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite, WriteOptions } from "../../database/sqlite/sqlite.js";
import { judgeTake } from "./rules.js";
import type { LimitStore } from "./store.js";
import { guesses, knownPlaces } from "./tables.sqlite.js";

/**
 * Every sign-in and everything with a quota counts here. Losing some counts and known places in a power
 * failure is better than waiting for the disk each time.
 */
const COUNT: WriteOptions = { ...NOTHING_KEPT, mayBeLost: true };

/** Counters and places in SQLite: shared by all processes, and kept across restarts. */
export function sqliteLimitStore(sqlite: Sqlite): LimitStore {
  const { reader, writer } = sqlite;
  const live = writer
    .select()
    .from(guesses)
    .where(and(eq(guesses.id, sql.placeholder("id")), gt(guesses.endsAtMs, sql.placeholder("nowMs"))))
    .prepare();
  const set = writer
    .insert(guesses)
    .values(placeholders("id", "count", "endsAtMs"))
    .onConflictDoUpdate({
      target: guesses.id,
      set: { count: sql`excluded.count`, endsAtMs: sql`excluded.ends_at` },
    })
    .prepare();
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
  // Subtracts one, but never goes below zero, and only in the window in which it was counted: one statement
  // for each.
  const decrease = writer
    .update(guesses)
    .set({ count: sql`max(${guesses.count} - 1, 0)` })
    .where(and(eq(guesses.id, sql.placeholder("id")), eq(guesses.endsAtMs, sql.placeholder("endsAtMs"))))
    .prepare();

  return {
    take: (buckets, { nowMs, endsAtMs }) =>
      sqlite.write(() => {
        const counters = buckets.flatMap(({ id }) => live.get({ id, nowMs }) ?? []);
        const judged = judgeTake(buckets, counters, endsAtMs);
        if ("fullUntilMs" in judged) return judged;
        for (const counter of judged.counters) set.run({ ...counter });
        return { counted: judged.counters.map(({ id, endsAtMs: ends }) => ({ id, endsAtMs: ends })) };
      }, COUNT),

    giveBack: (counted) =>
      sqlite.write(() => {
        for (const { id, endsAtMs } of counted) decrease.run({ id, endsAtMs });
      }, COUNT),

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
      }, COUNT),

    forget: (ownerIds) =>
      sqlite.write(() => {
        writer
          .delete(knownPlaces)
          .where(inArray(knownPlaces.ownerId, [...ownerIds]))
          .run();
      }, NOTHING_KEPT),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = (table: typeof guesses | typeof knownPlaces) =>
          writer
            .delete(table)
            .where(
              inArray(
                table.id,
                writer.select({ id: table.id }).from(table).where(lte(table.endsAtMs, nowMs)).limit(limit),
              ),
            )
            .run().changes;
        return over(guesses) + over(knownPlaces);
      }, NOTHING_KEPT),
  };
}
