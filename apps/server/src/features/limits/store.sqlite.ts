import { and, eq, gt, inArray, lte, sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Sqlite, WriteOptions } from "../../platform/sqlite.js";
import type { GuessStore } from "./store.js";

export const guesses = sqliteTable(
  "guesses",
  {
    id: text("id").primaryKey(),
    count: integer("count").notNull(),
    endsAtMs: integer("ends_at").notNull(),
  },
  (table) => [index("guesses_ends_at").on(table.endsAtMs)],
);

export const knownPlaces = sqliteTable(
  "known_places",
  {
    id: text("id").primaryKey(),
    endsAtMs: integer("ends_at").notNull(),
  },
  (table) => [index("known_places_ends_at").on(table.endsAtMs)],
);

/** No row that is kept in memory is changed by counting. */
const NOTHING_KEPT: WriteOptions = { forget: () => {} };

/** Guess counters in SQLite: shared by all processes, and kept over restarts. */
export function sqliteGuessStore(sqlite: Sqlite): GuessStore {
  const { reader, writer } = sqlite;
  const live = writer
    .select()
    .from(guesses)
    .where(and(eq(guesses.id, sql.placeholder("id")), gt(guesses.endsAtMs, sql.placeholder("nowMs"))))
    .prepare();
  const set = writer
    .insert(guesses)
    .values({
      id: sql.placeholder("id"),
      count: sql.placeholder("count"),
      endsAtMs: sql.placeholder("endsAtMs"),
    })
    .onConflictDoUpdate({
      target: guesses.id,
      set: { count: sql`excluded.count`, endsAtMs: sql`excluded.ends_at` },
    })
    .prepare();
  const known = reader
    .select({ id: knownPlaces.id })
    .from(knownPlaces)
    .where(and(eq(knownPlaces.id, sql.placeholder("id")), gt(knownPlaces.endsAtMs, sql.placeholder("nowMs"))))
    .prepare();

  return {
    take: (buckets, { nowMs, endsAtMs }) =>
      sqlite.write(() => {
        const counted = buckets.map((bucket) => {
          const row = live.get({ id: bucket.id, nowMs });
          return { ...bucket, count: row?.count ?? 0, endsAtMs: row?.endsAtMs ?? endsAtMs };
        });
        const full = counted.filter(({ count, limit }) => count >= limit);
        if (full.length > 0) return Math.max(...full.map((bucket) => bucket.endsAtMs));
        for (const { id, count, endsAtMs: ends } of counted)
          set.run({ id, count: count + 1, endsAtMs: ends });
        return undefined;
      }, NOTHING_KEPT),

    giveBack: (ids) =>
      sqlite.write(() => {
        writer
          .update(guesses)
          .set({ count: sql`max(${guesses.count} - 1, 0)` })
          .where(inArray(guesses.id, [...ids]))
          .run();
      }, NOTHING_KEPT),

    knows: async (place, nowMs) => sqlite.read(() => known.get({ id: place, nowMs }) !== undefined),

    remember: (place, untilMs) =>
      sqlite.write(() => {
        writer
          .insert(knownPlaces)
          .values({ id: place, endsAtMs: untilMs })
          .onConflictDoUpdate({ target: knownPlaces.id, set: { endsAtMs: untilMs } })
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
