import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The way to a server on this machine, which can be interrupted. */
export interface LocalProxy {
  readonly port: number;
  /** From now on nothing comes through, in either direction, and nothing says so. */
  stall(): void;
  /** What was held up comes through. */
  resume(): void;
  /** Closes all connections, and refuses new ones until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** New connections lead to another port. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function startProxy(firstTarget: number): Promise<LocalProxy> {
  let target = firstTarget;
  const sockets = new Set<Socket>();
  let isStalled = false;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isStalled) from.pause();
    }
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const end = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  return {
    port,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    refuse: end,
    accept: async () => void (await listen(port)),
    leadTo(other) {
      target = other;
    },
    close: end,
  };
}
