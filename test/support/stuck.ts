import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A server that is stuck: it accepts connections, and then never answers. */
export interface StuckServer {
  readonly url: string;
  /** Resolves when a request has arrived. */
  readonly asked: Promise<unknown>;
  close(): void;
}

/** What it sends before it is stuck, such as half an answer; nothing by default. */
export async function openStuckServer(beginning = ""): Promise<StuckServer> {
  const sockets = new Set<Socket>();
  let resolve = () => {};
  const asked = new Promise<void>((done) => {
    resolve = done;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    // The client closes the connection when it gives up.
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(beginning);
      resolve();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
