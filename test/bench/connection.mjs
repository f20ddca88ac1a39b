import { connect } from "node:net";

/**
 * A keep-alive connection that sends one raw request at a time: a cheap HTTP client, so that the machine is
 * left to the server.
 * @typedef {{ send(request: string, done: (status: number, body: string) => void): void, close(): void }}
 *   Connection
 * @param {number} port
 * @returns {Connection}
 */
export function openConnection(port) {
  /** @type {import("node:net").Socket | undefined} */
  let socket;
  let received = "";
  /** @type {((status: number, body: string) => void) | undefined} */
  let waiting;

  const settle = (/** @type {number} */ status, /** @type {string} */ body) => {
    const done = waiting;
    waiting = undefined;
    received = "";
    done?.(status, body);
  };
  const take = (/** @type {string} */ chunk) => {
    received += chunk;
    const end = received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const head = received.slice(0, end).toLowerCase();
    const body = received.slice(end + 4);
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    const complete = length === undefined ? body.endsWith("0\r\n\r\n") : body.length >= Number(length);
    if (!complete) return;
    if (head.includes("\r\nconnection: close")) drop();
    settle(Number(head.slice(9, 12)), body);
  };
  const drop = () => {
    socket?.removeAllListeners().on("error", () => {});
    socket?.destroy();
    socket = undefined;
  };
  const lost = () => {
    drop();
    if (waiting !== undefined) settle(0, "");
  };
  const open = () => {
    const opened = connect({ port, host: "127.0.0.1", noDelay: true });
    // Everything that is searched for is ASCII, and lengths count bytes.
    opened.setEncoding("latin1");
    return opened.on("data", take).on("error", lost).on("close", lost);
  };

  return {
    send(request, done) {
      waiting = done;
      socket ??= open();
      socket.write(request, "latin1");
    },
    close: drop,
  };
}
