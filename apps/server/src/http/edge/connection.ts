import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A connection that was accepted. */
export interface Connection {
  readonly socket: Socket;
  /** The networks that it counts for, the narrowest first; none for a proxy of the operator's. */
  readonly networks: readonly string[];
  /** The response to the latest request that was taken up, at least until it has been sent. */
  latest: ServerResponse | undefined;
  /** Whether that request has not been begun. */
  isWaiting: boolean;
  /** The response to the newest request, which may not have been taken up; at least until it has been sent. */
  newest: ServerResponse | undefined;
  /** Whether the connection stays open after it, as far as the client says. */
  keepsAlive: boolean;
  /** Whether the connection was already silent when the server last closed idle ones. */
  wasSilent: boolean;
}

/**
 * Why a connection was closed: too many of them, in all or from one network; too much sent ahead of its
 * answers; a body in too many pieces; answers not taken; too much held by all together, or too
 * much of the room for large answers.
 */
export const BOUNDS = ["connections", "network", "pipeline", "pieces", "unread", "memory"] as const;
export type Bound = (typeof BOUNDS)[number];
