import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { Begun, Bucket, Counted, Window } from "./store.js";

/*
 * PostgreSQL decides `isOpen` and `judgeTake` in functions of its own, because counters are locked while it
 * is decided; the suite of the stores compares both.
 *
 * Decided in SQL, where it is one statement: taking a count back subtracts one, but never goes below zero,
 * and only in the window in which it was counted. If that window is over, or another has followed it, there
 * is nothing to take back.
 */

/** A counter, as it is stored. */
export interface Counter extends Counted, Begun {
  readonly count: number;
}

/** How much earlier than another a count of the same machine may be dated, and still be judged after it. */
const TURN_TOLERANCE_MS = 5_000;

/**
 * Whether a counter's window is open; it never is for longer than its length, whatever happens to the clock.
 * One that would end later than a window that begins now was started while the clock was ahead. One that has
 * been open for its length by the clock that cannot be set is over, even if the other was set back since.
 *
 * It may end a little later than one that begins now. What is counted is dated first and then waits for its
 * turn, so another process may have begun the window in between; and machines that share a database have
 * clocks that differ, and uptimes that cannot be compared. Otherwise many guesses at once would begin it more
 * than once.
 */
export function isOpen(counter: Counted & Begun, window: Window): boolean {
  const { nowMs, endsAtMs, era, begunUptimeMs } = window;
  const isSameMachine = era !== null && counter.era === era;
  const latestMs = endsAtMs + (isSameMachine ? TURN_TOLERANCE_MS : CLOCK_TOLERANCE_MS);
  if (counter.endsAtMs <= nowMs || counter.endsAtMs > latestMs) return false;
  if (!isSameMachine || begunUptimeMs === null || counter.begunUptimeMs === null) return true;
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
