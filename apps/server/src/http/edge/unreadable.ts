import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

const UNREADABLE: Readonly<Record<string, readonly [status: number, reason: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "Request header fields too large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "Payload Too Large", "Request body too large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "Request timeout"],
};
const MALFORMED = [400, "Bad Request", "The request is not well-formed HTTP"] as const;

/**
 * What Node could not parse gets one response, and its connection is closed. The response leaves after those to
 * the requests before it: a client takes the first answer for that to its first request.
 */
export function createUnreadable(latestOf: (socket: Socket) => ServerResponse | undefined) {
  const refused = new WeakSet<Socket>();
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    // Node says so again for whatever comes after it.
    if (refused.has(socket)) return;
    refused.add(socket);
    const [status, reason, detail] = UNREADABLE[error.code ?? ""] ?? MALFORMED;
    const body = JSON.stringify({ detail });
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": body.length,
      Connection: "close",
    };

    const refuse = () => {
      // After an answer that says `Connection: close` there is none.
      if (!socket.writable) return;
      const latest = latestOf(socket);
      if (latest === undefined || latest.destroyed) {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
      } else if (latest.req.complete || latest.headersSent) latest.once("close", refuse);
      // It is the body of this one that could not be read.
      else latest.writeHead(status, headers).end(body);
    };
    refuse();
  };
}
