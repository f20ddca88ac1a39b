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
 * The creation times of the keys that a key made now replaces, if they claim to be as late or later: they were
 * made while the clock was ahead. Dated back, they are replaced from now on, not from that time on.
 */
export function datedBack<K extends Dated>(newestFirst: readonly K[], nowMs: number): readonly K[] {
  return newestFirst
    .filter(({ createdAtMs }) => createdAtMs >= nowMs)
    .map((key, index) => ({ ...key, createdAtMs: nowMs - 1 - index }));
}

/** The keys that had already been replaced at a given time: those older than the newest key of that time. */
export function replacedBefore<K extends Dated>(newestFirst: readonly K[], ms: number): readonly K[] {
  const signing = newestFirst.find(({ createdAtMs }) => createdAtMs <= ms);
  return newestFirst.filter(({ createdAtMs }) => signing !== undefined && createdAtMs < signing.createdAtMs);
}
