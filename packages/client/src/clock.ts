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

interface Limits {
  readonly limitMs?: number;
  /** The caller's own signal, which aborts the work too. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Work with a signal that aborts it when it takes too long. */
export async function inTime<Value>(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<Value>,
  { limitMs = REQUEST_MS, signal }: Limits = {},
): Promise<Value> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const off = clock.after(limitMs, () => controller.abort());
  // Not `AbortSignal.any`, which older browsers lack.
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    return await work(controller.signal);
  } finally {
    off();
    signal?.removeEventListener("abort", abort);
  }
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
