import type { StoredKey } from "./store.js";

type Dated = Pick<StoredKey, "kid" | "createdAtMs">;

/** The key that signs: the newest, of the newest first. The others verify what they have signed. */
export function signingKey<K extends Dated>(newestFirst: readonly K[]): K | undefined {
  return newestFirst[0];
}

/**
 * When a key that is to sign from now on counts as made: after the newest one, also where this clock is
 * behind that one's.
 */
export function nextCreatedAtMs(newest: Dated | undefined, nowMs: number): number {
  return Math.max(nowMs, (newest?.createdAtMs ?? 0) + 1);
}

/**
 * The keys that had been replaced already at a moment: those that are older than the newest key of that
 * moment.
 */
export function replacedBefore<K extends Dated>(newestFirst: readonly K[], ms: number): readonly K[] {
  const signing = newestFirst.find(({ createdAtMs }) => createdAtMs <= ms);
  return newestFirst.filter(({ createdAtMs }) => signing !== undefined && createdAtMs < signing.createdAtMs);
}
