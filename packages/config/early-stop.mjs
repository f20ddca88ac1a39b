const SIGNALS = /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"]);

/**
 * Ends a server with 0 on a stop signal while nothing is open yet: as long as nothing else listens for it. May
 * be called again by what it was loaded for, which can be bundled with a copy of this file.
 */
export function stopEarly() {
  for (const signal of SIGNALS) {
    if (process.listenerCount(signal) > 0) continue;
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(0);
    });
  }
}
