import { once } from "node:events";
import { type ClientRequest, createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** The result of a call that passed through. */
export interface Passed {
  readonly path: string;
  readonly status: number;
  readonly body: string;
  /** Whether its answer reached the page. */
  readonly delivered: boolean;
}

/** A relay between the pages and the server. It records calls and can lose them. */
export interface Relay {
  readonly url: string;
  /** The server's port. */
  target: number;
  /** Acts as if the server were away: connections break. */
  down: boolean;
  /** Holds every call back until this resolves. */
  gate: Promise<void> | undefined;
  /** Whether to lose an answer that the server has given. */
  loses: (path: string) => boolean;
  /** Holds an answer of the server back until this resolves; preflights pass. */
  delays: (path: string) => Promise<void> | undefined;
  /** The calls since it was last emptied, except preflights. */
  readonly passed: Passed[];
  /** How many calls found the server away. */
  refused: number;
  close(): void;
}

/** The tRPC procedure that a path calls. */
export const procedureOf = (path: string) => /^\/trpc\/([\w.]+)/.exec(path)?.[1] ?? path;

export async function openRelay(): Promise<Relay> {
  const passed: Passed[] = [];
  const server = createServer(async (request, response) => {
    const { method, headers, url: path = "/" } = request;
    await relay.gate;
    if (relay.down) {
      relay.refused++;
      request.socket.destroy();
      return;
    }
    const onward: ClientRequest = forward(
      { host: "127.0.0.1", port: relay.target, method, path, headers },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        const delivered = !relay.loses(path);
        if (method !== "OPTIONS") {
          passed.push({ path, status: answer.statusCode ?? 0, body: body.toString("utf8"), delivered });
        }
        if (method !== "OPTIONS") await relay.delays(path);
        if (delivered) response.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
        else request.socket.destroy();
      },
    );
    onward.on("error", () => request.socket.destroy());
    request.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay: Relay = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    target: 0,
    down: false,
    gate: undefined,
    loses: () => false,
    delays: () => undefined,
    passed,
    refused: 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return relay;
}
