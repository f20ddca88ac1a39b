import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Bound, Connection } from "./connection.js";
import { createHoldings, type HoldingLimits } from "./holdings.js";

/** How many connections there may be, and what they may hold. */
export interface ConnectionLimits extends HoldingLimits {
  readonly inAll: number;
  /** From one IPv4 address or IPv6 /64. */
  readonly perNetwork: number;
}

/** One customer may have been given a whole /48 of IPv6: so many times as many connections in all of it. */
const WIDER = 4;

const UNUSED = {
  latest: undefined,
  isWaiting: false,
  newest: undefined,
  keepsAlive: true,
  wasSilent: false,
};

export interface Connections {
  /** Counts a connection that was accepted. If it is one too many, it or an older one is closed. */
  admit(socket: Socket): void;
  /** Remembers the response to the newest request of a connection. */
  received(socket: Socket, response: ServerResponse): void;
  /** That request is taken up, in its turn; it may still have to wait. */
  arrived(socket: Socket, response: ServerResponse): void;
  /** The latest request of a connection waits no longer. */
  began(socket: Socket): void;
  /** The response to the latest request of a connection, at least until it has been sent. */
  latest(socket: Socket): ServerResponse | undefined;
  /** From now on connections close with the last of their answers. */
  startClosing(): void;
  /** Closes connections that never sent anything, unless they have just been opened. */
  closeSilent(): void;
  /** Whether an answer that was given has not left yet. */
  isSending(): boolean;
  /** Closes connections that do not take their answers, and those that hold most, if all hold too much. */
  sweep(nowMs: number): void;
  /** How many there are. */
  count(): number;
}

export interface ConnectionDeps {
  readonly limits: ConnectionLimits;
  networksOf(socket: Socket): readonly string[];
  onCut(bound: Bound): void;
}

/**
 * Keeps track of a server's connections. When there is one too many, the oldest idle one is closed to make
 * room for the new one, so that idle connections cannot keep others out.
 */
export function createConnections({ limits, networksOf, onCut }: ConnectionDeps): Connections {
  const known = new WeakMap<Socket, Connection>();
  // In the order in which they were accepted.
  const all = new Set<Connection>();
  const groups = new Map<string, Set<Connection>>();
  const excess = createHoldings(limits);

  const forget = (connection: Connection) => {
    all.delete(connection);
    for (const name of connection.networks) {
      const group = groups.get(name);
      group?.delete(connection);
      if (group?.size === 0) groups.delete(name);
    }
  };
  const cut = (connection: Connection, bound: Bound) => {
    forget(connection);
    connection.socket.destroy();
    onCut(bound);
  };
  /** Those of `first` make room before others. */
  const makeRoom = (first: Group, others: Group, newcomer: Connection, bound: Bound) =>
    cut(dispensable(first, newcomer) ?? dispensable(others, newcomer) ?? newcomer, bound);

  let isClosing = false;
  /** Node then says so in the head of the response, and ends the connection after it. */
  const closeAfter = ({ newest }: Connection) => {
    if (newest?.headersSent === false) newest.shouldKeepAlive = false;
  };

  return {
    admit(socket) {
      const connection: Connection = {
        socket,
        networks: networksOf(socket),
        ...UNUSED,
      };
      known.set(socket, connection);
      all.add(connection);
      for (const name of connection.networks)
        groups.set(name, (groups.get(name) ?? new Set<Connection>()).add(connection));
      socket.once("close", () => forget(connection));

      let limit = limits.perNetwork;
      for (const name of connection.networks) {
        const group = groups.get(name);
        if (group !== undefined && group.size > limit) makeRoom(group, group, connection, "network");
        limit *= WIDER;
      }
      // A network that has few connections keeps them, even idle ones.
      if (all.size > limits.inAll) makeRoom(largest(groups.values()) ?? all, all, connection, "connections");
    },
    received(socket, response) {
      const connection = known.get(socket);
      if (connection === undefined) return;
      const { newest, keepsAlive } = connection;
      // It is not the last any more.
      if (isClosing && newest?.headersSent === false) newest.shouldKeepAlive = keepsAlive;
      connection.newest = response;
      connection.keepsAlive = response.shouldKeepAlive;
      if (isClosing) closeAfter(connection);
    },
    arrived(socket, response) {
      const connection = known.get(socket);
      if (connection === undefined) return;
      connection.latest = response;
      connection.isWaiting = true;
    },
    began(socket) {
      const connection = known.get(socket);
      if (connection !== undefined) connection.isWaiting = false;
    },
    latest: (socket) => known.get(socket)?.latest,
    startClosing() {
      isClosing = true;
      for (const connection of all) closeAfter(connection);
    },
    closeSilent() {
      for (const connection of all) {
        if (connection.socket.bytesRead > 0) continue;
        // What it sent may not have been read when it is seen for the first time.
        if (connection.wasSilent) connection.socket.destroy();
        connection.wasSilent = true;
      }
    },
    isSending() {
      // A response without a socket has others ahead of it.
      for (const { socket, latest } of all)
        if (socket.writableLength > 0 || (latest?.socket === null && !latest.destroyed)) return true;
      return false;
    },
    sweep(nowMs) {
      // Not kept longer than needed: a response holds on to its request.
      for (const connection of all) {
        if (connection.latest?.writableFinished) connection.latest = undefined;
        if (connection.newest?.writableFinished) connection.newest = undefined;
      }
      for (const [connection, bound] of excess(all, nowMs)) cut(connection, bound);
    },
    count: () => all.size,
  };
}

type Group = ReadonlySet<Connection>;

function largest(groups: Iterable<Group>): Group | undefined {
  let most: Group | undefined;
  for (const group of groups) if (most === undefined || group.size > most.size) most = group;
  return most;
}

/**
 * The oldest that is idle or has not sent a whole head; otherwise the oldest whose request has not been begun,
 * that has not sent its whole body, or does not take its answer.
 */
function dispensable(group: Group, newcomer: Connection): Connection | undefined {
  let waiting: Connection | undefined;
  for (const connection of group) {
    if (connection === newcomer) continue;
    const { latest, isWaiting } = connection;
    if (latest === undefined || latest.writableFinished) return connection;
    if (isWaiting || !latest.req.complete || latest.writableEnded) waiting ??= connection;
  }
  return waiting;
}
