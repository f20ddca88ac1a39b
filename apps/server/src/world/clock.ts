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
