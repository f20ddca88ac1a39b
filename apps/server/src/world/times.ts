/*
 * How stored times are compared, so that a clock that was wrong prolongs nothing.
 */

/**
 * A time that is stored may be later than now by this much: processes of several machines share a database,
 * and their clocks are corrected all the time.
 */
export const CLOCK_TOLERANCE_MS = 60_000;

/** Whether a stored time is from the future: the clock was ahead then, so the time says nothing now. */
export function isFromFuture(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + CLOCK_TOLERANCE_MS;
}

/**
 * Whether something that was stored with its beginning still lasts: for no longer than its length, whatever
 * happened to the clock in the meantime.
 */
export function stillLasts(
  { beganAtMs, lengthMs }: { readonly beganAtMs: number; readonly lengthMs: number },
  nowMs: number,
): boolean {
  return !isFromFuture(beganAtMs, nowMs) && nowMs - beganAtMs < lengthMs;
}

/** The same for something that was stored with its beginning and its end. */
export function isBetween(
  { createdAtMs, expiresAtMs }: { readonly createdAtMs: number; readonly expiresAtMs: number },
  nowMs: number,
): boolean {
  return !isFromFuture(createdAtMs, nowMs) && expiresAtMs > nowMs;
}

/** What all ids of a millisecond begin with: less than any of them, and greater than all earlier ones. */
export function beginningAt(ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
