/** The time as features see it, so that tests can freeze it. */
export interface Clock {
  /** Milliseconds since 1970. The machine's clock may be wrong, and may be set back and forth. */
  nowMs(): number;
  /**
   * Milliseconds since some moment of this process, never set. Absent from a clock that is never set either.
   */
  steadyMs?(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };

/** What measures how long something takes or lasts within this process. */
export function steadyMs(clock: Clock): number {
  return clock.steadyMs?.() ?? clock.nowMs();
}

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
