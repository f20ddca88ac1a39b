import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";

/** A TCP proxy to this machine that can delay traffic in each direction. */
export interface SlowProxy {
  readonly port: number;
  delayMs: number;
  close(): void;
}

export async function openSlowProxy(toPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const proxy = { delayMs: 0 };
  const pass = (from: Socket, to: Socket) => {
    const waiting: Array<{ readonly chunk: Buffer; readonly atMs: number }> = [];
    const pump = () => {
      const [next] = waiting;
      if (next === undefined) return;
      const restMs = next.atMs - performance.now();
      if (restMs > 0) return void setTimeout(pump, restMs);
      waiting.shift();
      to.write(next.chunk);
      pump();
    };
    from.on("data", (chunk: Buffer) => {
      // Queued behind what is already waiting, even if the delay has become shorter: bytes never overtake
      // each other.
      waiting.push({ chunk, atMs: performance.now() + proxy.delayMs });
      if (waiting.length === 1) pump();
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
