import type { StoredKey } from "./store.js";

type Dated = Pick<StoredKey, "kid" | "createdAtMs">;

/**
 * The signing key: the first of the list, which is ordered newest first. The others verify what they have
 * signed.
 */
export function signingKey<K extends Dated>(newestFirst: readonly K[]): K | undefined {
  return newestFirst[0];
}

/**
 * The creation time of a key that signs from now on: later than the newest one's, even if this clock is
 * behind the clock that made that one.
 */
export function nextCreatedAtMs(newest: Dated | undefined, nowMs: number): number {
  return Math.max(nowMs, (newest?.createdAtMs ?? 0) + 1);
}

/** The keys that had already been replaced at a given time: those older than the newest key of that time. */
export function replacedBefore<K extends Dated>(newestFirst: readonly K[], ms: number): readonly K[] {
  const signing = newestFirst.find(({ createdAtMs }) => createdAtMs <= ms);
  return newestFirst.filter(({ createdAtMs }) => signing !== undefined && createdAtMs < signing.createdAtMs);
}
