/** Time as a client sees it. */
export interface Clock {
  /** What the device takes for the time: it may be wrong, and it may be set. */
  wallMs(): number;
  /** Milliseconds since some moment, never set back. */
  steadyMs(): number;
  /** Calls back after a while, once; returns what calls it off. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Waits. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}

/** A longer delay is taken for none at all. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The device's own clock. */
export const deviceClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  after(delayMs, callback) {
    // Safe: Node's timers are objects with `unref`, browsers' are numbers without.
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)) as unknown as Unreferable & number;
    // No program is kept alive by a client that waits.
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};

/** What can keep a Node program alive, or not. */
export interface Unreferable {
  unref?(): void;
}
