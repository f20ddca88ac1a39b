/** SIGHUP, which a closing terminal sends, stops a server as carefully as SIGTERM does. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The signals that stop the server, from its start on. */
export interface StopSignals {
  /** The first one, if one has come. */
  received(): NodeJS.Signals | undefined;
  /** Calls back with the first one: immediately if it has come already. */
  onFirst(stop: (signal: NodeJS.Signals) => void): void;
}

/**
 * Takes over from the start file, which ends the process on a signal as long as nothing is open (`build.mjs`).
 */
export function watchStopSignals(): StopSignals {
  let first: NodeJS.Signals | undefined;
  let act: ((signal: NodeJS.Signals) => void) | undefined;
  const receive = (signal: NodeJS.Signals) => {
    if (first !== undefined) return;
    first = signal;
    act?.(signal);
  };
  for (const signal of STOP_SIGNALS) {
    const earlier = process.listeners(signal);
    // Added before the others are removed: without any, the signal would end the process.
    process.on(signal, receive);
    for (const listener of earlier) process.off(signal, listener);
  }
  return {
    received: () => first,
    onFirst(stop) {
      act = stop;
      if (first !== undefined) stop(first);
    },
  };
}
