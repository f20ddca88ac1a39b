import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How much of what one client sends ahead of its answers is begun, and how much may wait. */
export interface TurnLimits {
  /** Requests of one connection that are being answered ahead of their turn to be sent. */
  readonly atOnce: number;
  /** The same of all connections together; beyond it each may have one. */
  readonly atOnceInAll: number;
  /** While so many bytes of a connection's answers have not left, no further request of it is begun. */
  readonly unsentBytes: number;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly waitingInAll: number;
  readonly waitingBytesInAll: number;
}

export const TURNS: TurnLimits = {
  atOnce: 3,
  atOnceInAll: 64,
  unsentBytes: 64 * 1024,
  waiting: 128,
  waitingBytes: 256 * 1024,
  waitingInAll: 8192,
  waitingBytesInAll: 64 * 1024 * 1024,
};

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

export interface TurnDeps {
  readonly limits: TurnLimits;
  /** Handles a request; `isAhead` if it was sent ahead of the answer to another one. */
  begin(request: IncomingMessage, response: ServerResponse, isAhead: boolean): void;
  /** Closes a connection that has sent too much ahead. */
  cut(socket: Socket): void;
}

/** What one connection has sent ahead of its answers. */
interface Line {
  readonly begun: Set<ServerResponse>;
  readonly waiting: ServerResponse[];
  /** What the connection had sent when the first of them began to wait, and what it has sent since. */
  fromBytes: number;
  bytes: number;
}

/**
 * Takes the requests of each connection in turn. Node hands out everything that it has read of a pipeline,
 * thousands of requests from one read; if all were begun, their answers would be kept for a client that may
 * never read them.
 *
 * Past the limits the connection is closed. Pausing it would not be enough: Node still hands out what it has
 * read, and resumes a socket by itself whenever a body is read.
 */
export function createTurns({ limits, begin, cut }: TurnDeps): Handle {
  const lines = new WeakMap<Socket, Line>();
  let begunInAll = 0;
  let waitingInAll = 0;
  let waitingBytesInAll = 0;

  const forgetBytes = (line: Line) => {
    waitingBytesInAll -= line.bytes;
    line.bytes = 0;
  };
  const drop = (line: Line) => {
    waitingInAll -= line.waiting.length;
    line.waiting.length = 0;
    forgetBytes(line);
  };
  const mayBegin = ({ begun }: Line, socket: Socket) =>
    // One of them may always begin, because there may be no other whose end would let it.
    begun.size === 0 ||
    (begun.size < limits.atOnce &&
      begunInAll < limits.atOnceInAll &&
      unsentBytes(begun, socket) < limits.unsentBytes);

  const start = (line: Line, socket: Socket, response: ServerResponse) => {
    line.begun.add(response);
    begunInAll++;
    response.once("close", () => {
      if (line.begun.delete(response)) begunInAll--;
      advance(line, socket);
    });
    begin(response.req, response, true);
  };
  const advance = (line: Line, socket: Socket) => {
    // After an answer that says `Connection: close` nothing more is answered.
    if (!socket.writable) return drop(line);
    while (mayBegin(line, socket)) {
      const response = line.waiting.shift();
      if (response === undefined) return;
      waitingInAll--;
      if (line.waiting.length === 0) forgetBytes(line);
      start(line, socket, response);
    }
  };
  const lineOf = (socket: Socket) => {
    const known = lines.get(socket);
    if (known !== undefined) return known;
    const line: Line = { begun: new Set(), waiting: [], fromBytes: 0, bytes: 0 };
    lines.set(socket, line);
    socket.once("close", () => {
      drop(line);
      // Node closes only the response whose turn it is.
      begunInAll -= line.begun.size;
      line.begun.clear();
    });
    return line;
  };
  const wait = (line: Line, socket: Socket, response: ServerResponse) => {
    if (line.waiting.length === 0) line.fromBytes = socket.bytesRead;
    const moreBytes = socket.bytesRead - line.fromBytes - line.bytes;
    line.bytes += moreBytes;
    waitingBytesInAll += moreBytes;
    waitingInAll++;
    line.waiting.push(response);
    return (
      line.waiting.length <= limits.waiting &&
      line.bytes <= limits.waitingBytes &&
      waitingInAll <= limits.waitingInAll &&
      waitingBytesInAll <= limits.waitingBytesInAll
    );
  };

  return (request, response) => {
    // Node answers in order: a response that has its socket has nothing ahead of it.
    if (response.socket !== null) return begin(request, response, false);
    const { socket } = request;
    // The rest of what was read before the connection was closed. Node writes a stack for each that is not
    // destroyed by then, which takes longer than to parse it.
    if (socket.destroyed) return void request.destroy();
    const line = lineOf(socket);
    if (line.waiting.length === 0 && mayBegin(line, socket)) return start(line, socket, response);
    if (wait(line, socket, response)) return;
    drop(line);
    cut(socket);
  };
}

/** What has been written of a connection's answers, and not been taken by the operating system. */
function unsentBytes(begun: Iterable<ServerResponse>, socket: Socket): number {
  let bytes = socket.writableLength;
  for (const { socket: own, writableLength } of begun) if (own === null) bytes += writableLength;
  return bytes;
}
