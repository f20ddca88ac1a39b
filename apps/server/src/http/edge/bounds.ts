import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Bound } from "./connection.js";
import { type ConnectionLimits, createConnections } from "./connections.js";
import { createPace, PACE } from "./pace.js";
import { createTurns, type Handle, TURNS, type TurnDeps } from "./turns.js";

/** How many connections a server keeps. */
export type ConnectionCounts = Pick<ConnectionLimits, "inAll" | "perNetwork">;

const TAKEN_BYTES = 64 * 1024;
const TAKEN_MS = 20_000;
const HELD_BYTES = 256 * 1024 * 1024;
const SWEEP_MS = 2000;

export interface BoundsOptions {
  readonly counts: ConnectionCounts;
  /** The networks that a connection counts for, the narrowest first. */
  networksOf(socket: Socket): readonly string[];
  /** Whom a request is from, from the widest to the narrowest: requests that must wait are begun by turns. */
  pathOf(request: IncomingMessage): readonly string[];
  readonly begin: TurnDeps["begin"];
  onCut(bound: Bound): void;
}

/** A server with bounds. */
export interface Bounded {
  /** The handler of its requests. */
  readonly handle: Handle;
  /** The response to the latest request of a connection, at least until it has been sent. */
  latest(socket: Socket): ServerResponse | undefined;
  /** From now on connections close with the last of their answers. */
  startClosing(): void;
}

/** Bounds what clients can hold of a server. */
export function boundServer(
  server: Server,
  { counts, networksOf, pathOf, begin, onCut }: BoundsOptions,
): Bounded {
  const limits = { ...counts, takenBytes: TAKEN_BYTES, takenMs: TAKEN_MS, heldBytes: HELD_BYTES };
  const connections = createConnections({ limits, networksOf, onCut });
  const pace = createPace({ limits: PACE, nowMs: () => performance.now() });
  let sweeping: NodeJS.Timeout | undefined;
  const sweep = () => {
    connections.sweep(performance.now());
    if (connections.count() > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  };
  server.on("connection", (socket) => {
    connections.admit(socket);
    pace.accepted();
    // Only while there are connections: an idle server is not woken.
    sweeping ??= setInterval(sweep, SWEEP_MS).unref();
  });
  // Node takes a connection for idle once its answer was handed over, although it may not have left, and for
  // busy if it has never sent anything.
  server.closeIdleConnections = () => {
    connections.closeSilent();
    if (!connections.isSending()) Server.prototype.closeIdleConnections.call(server);
  };
  const takeUp = createTurns({
    limits: TURNS,
    begin(request, response, isAhead) {
      const { socket } = request;
      connections.arrived(socket, response);
      pace.begin(
        () => pathOf(request),
        () => {
          // The client left before its turn came, or the rest of the request could not be read.
          if (socket.destroyed || response.headersSent) return;
          connections.began(socket);
          begin(request, response, isAhead);
        },
      );
    },
    cut(socket) {
      socket.destroy();
      onCut("pipeline");
    },
  });
  return {
    handle(request, response) {
      connections.received(request.socket, response);
      takeUp(request, response);
    },
    latest: connections.latest,
    startClosing: connections.startClosing,
  };
}
