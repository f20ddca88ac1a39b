import { and, eq, gt, inArray, lte, or, sql } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite, WriteOptions } from "../../database/sqlite/sqlite.js";
import { judgeTake } from "./rules.js";
import type { LimitStore } from "./store.js";
import { guesses } from "./tables.sqlite.js";

/**
 * Every sign-in and everything with a quota counts here. Losing some counts in a power failure is better
 * than waiting for the disk each time.
 */
const COUNT: WriteOptions = { ...NOTHING_KEPT, mayBeLost: true };

/** Counters in SQLite: shared by all processes, and kept across restarts. */
export function sqliteLimitStore(sqlite: Sqlite): LimitStore {
  const { writer } = sqlite;
  const stored = writer
    .select()
    .from(guesses)
    .where(eq(guesses.id, sql.placeholder("id")))
    .prepare();
  const set = writer
    .insert(guesses)
    .values(placeholders("id", "count", "endsAtMs", "era", "begunUptimeMs"))
    .onConflictDoUpdate({
      target: guesses.id,
      set: {
        count: sql`excluded.count`,
        endsAtMs: sql`excluded.ends_at`,
        era: sql`excluded.era`,
        begunUptimeMs: sql`excluded.begun_uptime`,
      },
    })
    .prepare();
  // Subtracts one, but never goes below zero, and only in the window in which it was counted: one statement
  // for each.
  const decrease = writer
    .update(guesses)
    .set({ count: sql`max(${guesses.count} - 1, 0)` })
    .where(and(eq(guesses.id, sql.placeholder("id")), eq(guesses.endsAtMs, sql.placeholder("endsAtMs"))))
    .prepare();

  return {
    take: (buckets, window) =>
      sqlite.write(() => {
        const counters = buckets.flatMap(({ id }) => stored.get({ id }) ?? []);
        const judged = judgeTake(buckets, counters, window);
        if ("full" in judged) return judged;
        for (const counter of judged.counters) set.run({ ...counter });
        return { counted: judged.counters.map(({ id, endsAtMs: ends }) => ({ id, endsAtMs: ends })) };
      }, COUNT),

    giveBack: (counted) =>
      sqlite.write(() => {
        for (const { id, endsAtMs } of counted) decrease.run({ id, endsAtMs });
      }, COUNT),

    givesBackInOrder: true,

    deleteOver: ({ nowMs, endsAtMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ id: guesses.id })
          .from(guesses)
          .where(or(lte(guesses.endsAtMs, nowMs), gt(guesses.endsAtMs, endsAtMs)))
          .limit(limit);
        return writer.delete(guesses).where(inArray(guesses.id, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
