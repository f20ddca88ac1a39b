import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A small load balancer as operators have one: round robin over the servers that say they are ready. */
export interface Balancer {
  readonly port: number;
  /** The servers behind it, by port. */
  readonly ready: ReadonlyMap<number, boolean>;
  close(): void;
}

const ASK_MS = 100;

export async function openBalancer(ports: readonly number[]): Promise<Balancer> {
  const ready = new Map(ports.map((port) => [port, false]));
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  let turn = 0;

  const ask = (port: number) => {
    const asking = request({ host: "127.0.0.1", port, path: "/readyz", timeout: 1000 }, (response) => {
      ready.set(port, response.statusCode === 200);
      response.resume();
    });
    asking.on("timeout", () => asking.destroy());
    asking.on("error", () => ready.set(port, false));
    asking.end();
  };
  const asking = setInterval(() => ports.forEach(ask), ASK_MS);

  /** A refused connection is not an answer: try the next server. Any other problem is a failed request. */
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer, tried: number) => {
    const open = ports.filter((port) => ready.get(port));
    const port = open[turn++ % open.length];
    if (port === undefined) return outgoing.writeHead(502).end("{}");
    const { method, url: path, headers } = incoming;
    const sending = request({ host: "127.0.0.1", port, method, path, headers, agent }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
      response.on("aborted", () => outgoing.destroy());
    });
    sending.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" && tried < ports.length) {
        ready.set(port, false);
        return forward(incoming, outgoing, body, tried + 1);
      }
      if (outgoing.headersSent) return outgoing.destroy();
      return outgoing.writeHead(502, { "Content-Type": "application/json" }).end(JSON.stringify(error.code));
    });
    return sending.end(body);
  };

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => forward(incoming, outgoing, Buffer.concat(chunks), 0));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ready,
    close() {
      clearInterval(asking);
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
