import { performance } from "node:perf_hooks";

/** One of libuv's looks at the sockets, together with the handling of what it found. */
export interface Look {
  /** How often libuv has looked. */
  readonly loopCount: number;
  /** How many events it has handed out, counted when it is done with all that it found. */
  readonly events: number;
}

/**
 * The look whose finds are being handled, or after whose handling this runs; of two with the same numbers nothing was
 * looked for in between. `undefined` where that cannot be told: on Windows libuv reads more between two looks.
 */
export function currentLook(): Look | undefined {
  return process.platform === "win32" ? undefined : performance.nodeTiming.uvMetricsInfo;
}

export function isSameLook(one: Look | undefined, other: Look | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.loopCount === other.loopCount &&
    one.events === other.events
  );
}
