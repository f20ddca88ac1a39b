import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";

/** A connection whose every byte the test chooses, and all that came back on it. */
export interface Wire {
  readonly socket: Socket;
  /** Sends GET requests, all at once. */
  ask(...paths: readonly string[]): void;
  text(): string;
  statuses(): readonly number[];
  /** Resolves once so many answers have come. */
  answers(count: number): Promise<void>;
  /** Resolves once the other side has closed it, whether with its last word or without. */
  readonly closed: Promise<void>;
}

export async function openWire(
  port: number,
  options: Partial<NetConnectOpts & { localAddress: string }> = {},
): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", ...options });
  let text = "";
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await once(socket, "connect");
  return {
    socket,
    ask: (...paths) => {
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    },
    text: () => text,
    statuses,
    async answers(count) {
      while (statuses().length < count) await once(socket, "data");
    },
    closed,
  };
}
