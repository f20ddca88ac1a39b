import type { Bucket, Counted } from "./store.js";

/*
 * Decided in SQL, where it is one statement: taking a count back subtracts one, but never goes below zero,
 * and only in the window in which it was counted. If that window is over, or another has followed it, there
 * is nothing to take back.
 */

/** A counter whose window is not over. */
export interface Counter extends Counted {
  readonly count: number;
}

/**
 * The result of counting one more: the new counters, or until when it is refused. It is counted in every
 * bucket, or in none if one of them is full. `counters` are the counters of these buckets whose windows are
 * not over; a window that begins now ends at `endsAtMs`.
 */
export function judgeTake(
  buckets: readonly Bucket[],
  counters: readonly Counter[],
  endsAtMs: number,
): { readonly counters: readonly Counter[] } | { readonly fullUntilMs: number } {
  const found = buckets.map(({ id, limit }) => {
    const counter = counters.find((each) => each.id === id) ?? { id, count: 0, endsAtMs };
    return { counter, isFull: counter.count >= limit };
  });
  const full = found.filter(({ isFull }) => isFull);
  if (full.length > 0) return { fullUntilMs: Math.max(...full.map(({ counter }) => counter.endsAtMs)) };
  return { counters: found.map(({ counter }) => ({ ...counter, count: counter.count + 1 })) };
}
