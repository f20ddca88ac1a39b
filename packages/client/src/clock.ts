/** Time as a client sees it. */
export interface Clock {
  /** The device's own time: it may be wrong, and the user may change it. */
  wallMs(): number;
  /** Milliseconds since some moment, never set back. */
  steadyMs(): number;
  /** Calls back once after a delay; returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Waits. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}

/** How long the client's own requests may take, in which others may be waiting for them. */
const REQUEST_MS = 10_000;

/** Work with a signal that aborts it when it takes too long. */
export function inTime<Value>(clock: Clock, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const controller = new AbortController();
  const off = clock.after(REQUEST_MS, () => controller.abort());
  return work(controller.signal).finally(off);
}

/** `setTimeout` fires immediately if the delay is longer than this. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The device's own clock. */
export const deviceClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  after(delayMs, callback) {
    // Safe: Node's timers are objects with `unref`, browsers' are numbers without.
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)) as unknown as Unreferable & number;
    // A waiting client does not keep a program alive.
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};

/** A timer that can keep a Node program alive or let it exit. */
export interface Unreferable {
  unref?(): void;
}
