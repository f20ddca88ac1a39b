import type { Bound, Connection } from "./connection.js";

/** What connections may hold in memory. */
export interface HoldingLimits {
  /** A client takes so many bytes of its answers, or all of them, within this time. */
  readonly takenBytes: number;
  readonly takenMs: number;
  /** What all together have sent that is not answered, and have not taken of their answers. */
  readonly heldBytes: number;
}

/** What was seen of a connection the last time. */
interface Seen {
  readonly latest: Connection["latest"];
  readonly receivedBytes: number;
  /** How much it had sent before the request that is being answered. */
  readonly beforeBytes: number;
  /** Since when some of its answers have not left, and how much had left then. */
  readonly unsent: { readonly sinceMs: number; readonly leftBytes: number } | undefined;
}

const NOTHING: Seen = { latest: undefined, receivedBytes: 0, beforeBytes: 0, unsent: undefined };

/**
 * Finds connections that do not take their answers and, if all hold too much, those that hold the most. It
 * looks at them from time to time, so that requests pay nothing for it.
 */
export function createHoldings(limits: HoldingLimits) {
  const seen = new WeakMap<Connection, Seen>();
  return (connections: Iterable<Connection>, nowMs: number): Array<readonly [Connection, Bound]> => {
    const cuts: Array<readonly [Connection, Bound]> = [];
    const holders: Array<readonly [Connection, number]> = [];
    let inAllBytes = 0;
    for (const connection of connections) {
      const now = look(connection, seen.get(connection) ?? NOTHING, nowMs, limits);
      seen.set(connection, now);
      if (now.unsent !== undefined && nowMs - now.unsent.sinceMs > limits.takenMs) {
        cuts.push([connection, "unread"]);
        continue;
      }
      const bytes = now.receivedBytes - now.beforeBytes + connection.socket.writableLength;
      inAllBytes += bytes;
      holders.push([connection, bytes]);
    }
    if (inAllBytes <= limits.heldBytes) return cuts;
    for (const [connection, bytes] of holders.sort(([, one], [, other]) => other - one)) {
      if (inAllBytes <= limits.heldBytes) break;
      inAllBytes -= bytes;
      cuts.push([connection, "memory"]);
    }
    return cuts;
  };
}

function look(
  { socket, latest }: Connection,
  before: Seen,
  nowMs: number,
  { takenBytes }: HoldingLimits,
): Seen {
  const receivedBytes = socket.bytesRead;
  // If it is another request than the last time, it was sent since then.
  const sinceLast = latest === before.latest ? before.beforeBytes : before.receivedBytes;
  const leftBytes = socket.bytesWritten - socket.writableLength;
  const isTaking = before.unsent !== undefined && leftBytes - before.unsent.leftBytes >= takenBytes;
  const begins = before.unsent === undefined || isTaking;
  return {
    latest,
    receivedBytes,
    beforeBytes: latest === undefined ? receivedBytes : sinceLast,
    unsent: socket.writableLength === 0 ? undefined : begins ? { sinceMs: nowMs, leftBytes } : before.unsent,
  };
}
