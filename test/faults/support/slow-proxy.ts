import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";

/** A TCP proxy to this machine that can delay what goes through it, each way. */
export interface SlowProxy {
  readonly port: number;
  delayMs: number;
  close(): void;
}

export async function openSlowProxy(toPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const proxy = { delayMs: 0 };
  const pass = (from: Socket, to: Socket) => {
    from.on("data", (chunk) => {
      if (proxy.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), proxy.delayMs);
    });
    from.on("close", () => to.destroy());
    from.on("error", () => to.destroy());
  };
  const server = createServer((near) => {
    const far = createConnection(toPort, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.once("close", () => sockets.delete(socket)));
    pass(near, far);
    pass(far, near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}
