import { performance } from "node:perf_hooks";

/** One poll of the sockets by libuv, together with the handling of its events. */
export interface Look {
  /** How often libuv has polled. */
  readonly loopCount: number;
  /** How many events it has dispatched, updated after it has handled all the events of a poll. */
  readonly events: number;
}

/**
 * The poll whose events are being handled, or were handled just before. If two have the same numbers, libuv
 * did not poll in between. `undefined` if that cannot be known: on Windows libuv reads more between two
 * polls.
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
