import type { Begun, Bucket, Counted, Window } from "./store.js";

/*
 * Decided in SQL, where it is one statement: taking a count back subtracts one, but never goes below zero,
 * and only in the window in which it was counted. If that window is over, or another has followed it, there
 * is nothing to take back.
 */

/** A counter, as it is stored. */
export interface Counter extends Counted, Begun {
  readonly count: number;
}

/**
 * Whether a counter's window is open; it never is for longer than its length, whatever happens to the clock.
 * One that would end later than a window that begins now was started while the clock was ahead. One that has
 * been open for its length by the clock that cannot be set is over, even if the other was set back since.
 */
export function isOpen(counter: Counted & Begun, window: Window): boolean {
  const { nowMs, endsAtMs, era, begunUptimeMs } = window;
  if (counter.endsAtMs <= nowMs || counter.endsAtMs > endsAtMs) return false;
  if (era === null || counter.era !== era) return true;
  if (begunUptimeMs === null || counter.begunUptimeMs === null) return true;
  return begunUptimeMs - counter.begunUptimeMs < endsAtMs - nowMs;
}

/**
 * The result of counting one more: the new counters, or which buckets are full and until when. It is counted
 * in every bucket, or in none if one of them is full. `stored` are the counters of these buckets, as far as
 * there are any; a window that begins now is `window`.
 */
export function judgeTake(
  buckets: readonly Bucket[],
  stored: readonly Counter[],
  window: Window,
): { readonly counters: readonly Counter[] } | { readonly full: readonly Counted[] } {
  const { endsAtMs, era, begunUptimeMs } = window;
  const found = buckets.map(({ id, limit }) => {
    const counter = stored.find((each) => each.id === id && isOpen(each, window)) ?? {
      id,
      count: 0,
      endsAtMs,
      era,
      begunUptimeMs,
    };
    return { counter, isFull: counter.count >= limit };
  });
  const full = found.filter(({ isFull }) => isFull);
  if (full.length > 0) {
    return { full: full.map(({ counter }) => ({ id: counter.id, endsAtMs: counter.endsAtMs })) };
  }
  return { counters: found.map(({ counter }) => ({ ...counter, count: counter.count + 1 })) };
}
