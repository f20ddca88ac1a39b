const MOST_KEPT = 3;
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** Whether an account that has this many postcards may write another. */
export function hasRoom(kept: number): boolean {
  return kept < MOST_KEPT;
}

/** Postcards written before this time are deleted. */
export function keptSinceMs(nowMs: number): number {
  return nowMs - KEPT_MS;
}
