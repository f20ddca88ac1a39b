import type { Bucket, Counted, Window } from "./store.js";

/*
 * Decided in SQL, where it is one statement: taking a count back subtracts one, but never goes below zero,
 * and only in the window in which it was counted. If that window is over, or another has followed it, there
 * is nothing to take back.
 */

/** A counter, as it is stored. */
export interface Counter extends Counted {
  readonly count: number;
}

/**
 * Whether a counter's window is open. One that would end later than a window that begins now was begun when
 * the clock was ahead: it does not count, or it would last longer than its own length.
 */
export function isOpen({ endsAtMs }: Counted, window: Window): boolean {
  return window.nowMs < endsAtMs && endsAtMs <= window.endsAtMs;
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
  const { endsAtMs } = window;
  const found = buckets.map(({ id, limit }) => {
    const counter = stored.find((each) => each.id === id && isOpen(each, window)) ?? {
      id,
      count: 0,
      endsAtMs,
    };
    return { counter, isFull: counter.count >= limit };
  });
  const full = found.filter(({ isFull }) => isFull);
  if (full.length > 0) {
    return { full: full.map(({ counter }) => ({ id: counter.id, endsAtMs: counter.endsAtMs })) };
  }
  return { counters: found.map(({ counter }) => ({ ...counter, count: counter.count + 1 })) };
}
