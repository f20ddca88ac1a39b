/** SIGHUP, which a closing terminal sends, stops a server as carefully as SIGTERM does. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The signals that stop the server, from its start on. */
export interface StopSignals {
  /** The first one, if one has come. */
  received(): NodeJS.Signals | undefined;
  /** Calls back with the first one: immediately if it has come already. */
  onFirst(stop: (signal: NodeJS.Signals) => void): void;
}

/** From now on the start file no longer ends the process on a signal (`early-stop.mjs`). */
export function watchStopSignals(): StopSignals {
  let first: NodeJS.Signals | undefined;
  let act: ((signal: NodeJS.Signals) => void) | undefined;
  const receive = (signal: NodeJS.Signals) => {
    if (first !== undefined) return;
    first = signal;
    act?.(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, receive);
  return {
    received: () => first,
    onFirst(stop) {
      act = stop;
      if (first !== undefined) stop(first);
    },
  };
}
