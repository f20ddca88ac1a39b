import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * How much may still arrive after the response: a client that reads while it sends gets to read the response.
 */
const LINGER_BYTES = 4 * 1024 * 1024;
const LINGER_MS = 2000;

/**
 * Cuts off a client that continues to send a body after the response: Node would read all of it, to keep the
 * connection.
 */
export function cutOffUnread(request: IncomingMessage, response: ServerResponse): void {
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  if (encoding === undefined && Number(length) <= LINGER_BYTES) return;
  response.once("finish", () => {
    // One turn later, because at first Node resumes the socket itself.
    setImmediate(() => {
      if (!request.complete) linger(request);
    });
  });
}

function linger(request: IncomingMessage): void {
  const { socket } = request;
  let dropped = 0;
  const drop = (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) socket.destroy();
  };
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  const end = () => {
    clearTimeout(timer);
    socket.off("data", drop).off("close", end);
    request.off("end", end);
  };
  request.once("end", end);
  socket.on("data", drop).once("close", end).resume();
}
