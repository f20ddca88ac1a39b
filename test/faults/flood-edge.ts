import { connect, type Socket } from "node:net";
import { times } from "./support/calls.js";
import type { Flood } from "./support/flood.js";
import { type Server, sleep } from "./support/server.js";

export const HOST = "Host: localhost\r\n";
const pipelined = (path: string, count = 1500) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`.repeat(count);
const post = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n\r\n`;

export interface Strangers {
  /** How many networks they have, and how many connections each keeps. */
  readonly networks: number;
  readonly connections: number;
  /** How often each connection is replaced by a new one. */
  readonly renewMs?: number;
  /** What each connection sends. */
  readonly first: string;
  readonly reads?: boolean;
}

/** Strangers from several loopback addresses, each of which is a network. */
export async function keepOpen(server: Server, isOver: () => boolean, how: Strangers): Promise<string> {
  const { networks, connections, first, reads = false, renewMs = 60_000 } = how;
  let opened = 0;
  let closed = 0;
  const open = (network: number): Socket => {
    opened++;
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress: `127.0.1.${network + 1}` });
    socket.on("error", () => {});
    socket.on("close", () => closed++);
    if (reads) socket.resume();
    else socket.pause();
    socket.write(first);
    return socket;
  };
  await Promise.all(
    times(networks * connections, async (i) => {
      let socket = open(i % networks);
      let sinceMs = performance.now();
      while (!isOver()) {
        await sleep(1000);
        const isOld = performance.now() - sinceMs > renewMs;
        if (isOld) socket.destroy();
        if (isOld || socket.destroyed) {
          socket = open(i % networks);
          sinceMs = performance.now();
        }
      }
      socket.destroy();
    }),
  );
  return `${opened} connections from ${networks} networks, ${closed} closed`;
}

interface Calls {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Strangers who send one request after another on each of many connections, and read what they get. */
async function keepCalling(server: Server, isOver: () => boolean, calls: Calls): Promise<string> {
  const { method, path, headers = {}, body } = calls;
  const lines = Object.entries({ Host: "localhost", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const sent = `${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${body ?? ""}`;
  let answers = 0;
  await Promise.all(
    times(100, async (i) => {
      while (!isOver()) {
        const socket = connect({
          port: server.port,
          host: "127.0.0.1",
          localAddress: `127.0.1.${(i % 5) + 1}`,
        });
        socket.setEncoding("latin1").on("error", () => {});
        socket.write(sent);
        socket.on("data", (text: string) => {
          // The end of a chunked body, or an answer that is one piece.
          if (!text.endsWith("0\r\n\r\n") && !text.includes("Content-Length: ")) return;
          answers++;
          socket.write(sent);
        });
        while (!isOver() && !socket.destroyed) await sleep(100);
        socket.destroy();
      }
    }),
  );
  return `${answers} answers on 100 connections from 5 networks`;
}

const batch = (name: string) => `/trpc/${times(20, () => name).join(",")}?batch=1`;
/** Garbage: as much after a minute as after five seconds, and gone when it has been collected. */
const BATCHES = { growthMiB: 300 };
const STREAMED = { "trpc-accept": "application/jsonl" };

/** What strangers do to connections, heads, bodies and answers. None of it needs an account. */
export const edgeFloods: readonly Flood[] = [
  ...[
    ["the OpenAPI document", "/openapi.json"],
    ["a large file", "/docs/swagger-ui-bundle.js"],
    ["tRPC", "/trpc/users.me"],
    ["REST", "/api/users/me"],
    ["the public keys", "/.well-known/jwks.json"],
    ["nothing", "/nothing-here"],
  ].map(([what, path = ""]): Flood => {
    const first = pipelined(path);
    return {
      name: `pipelines left unread: ${what}`,
      attack: (server, isOver) =>
        keepOpen(server, isOver, { networks: 5, connections: 1, renewMs: 1000, first }),
    };
  }),
  {
    name: "large answers left unread on many connections",
    attack: (server, isOver) =>
      keepOpen(server, isOver, { networks: 5, connections: 20, first: pipelined("/openapi.json", 40) }),
  },
  {
    name: "answers to batches of calls left unread",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 2,
        first: pipelined(`/trpc/${times(20, () => "users.login").join(",")}?batch=1`, 20),
      }),
  },
  {
    name: "pipelines of bodies",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 2,
        renewMs: 1000,
        first: `${post("/api/users/login", "Content-Length: 60000")}${" ".repeat(60_000)}`.repeat(20),
      }),
  },
  {
    name: "bodies byte by byte",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 1,
        renewMs: 1000,
        first: post("/trpc/users.login", "Transfer-Encoding: chunked") + "1\r\n \r\n".repeat(50_000),
      }),
  },
  {
    name: "bodies that never end",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 100,
        first: `${post("/api/users/login", "Content-Length: 60001")}${" ".repeat(60_000)}`,
        reads: true,
      }),
  },
  {
    name: "heads that never end",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 200,
        first: `GET /livez HTTP/1.1\r\n${HOST}X: ${"x".repeat(15_000)}`,
        reads: true,
      }),
  },
  {
    name: "more connections from one network than it may have",
    attack: (server, isOver) =>
      keepOpen(server, isOver, { networks: 1, connections: 1500, first: "GET /livez", reads: true }),
  },
  {
    name: "more connections than there may be",
    server: { environment: { CONNECTIONS: "500" } },
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 30,
        connections: 100,
        first: pipelined("/livez", 1),
        reads: true,
      }),
  },
  {
    name: "batches of calls on many connections",
    bounds: BATCHES,
    attack: (server, isOver) => keepCalling(server, isOver, { method: "GET", path: batch("users.me") }),
  },
  {
    name: "streamed batches of calls on many connections",
    bounds: BATCHES,
    attack: (server, isOver) =>
      keepCalling(server, isOver, { method: "GET", path: batch("users.me"), headers: STREAMED }),
  },
  {
    name: "streamed batches of sign-ins on many connections",
    bounds: BATCHES,
    attack: (server, isOver) =>
      keepCalling(server, isOver, {
        method: "POST",
        path: batch("users.login"),
        headers: { ...STREAMED, "Content-Type": "application/json" },
        body: JSON.stringify(
          Object.fromEntries(times(20, (i) => [i, { email: "a@example.com", password: "x" }])),
        ),
      }),
  },
  {
    name: "expectations and upgrades",
    attack: (server, isOver) =>
      keepOpen(server, isOver, {
        networks: 5,
        connections: 2,
        renewMs: 1000,
        first:
          `GET /livez HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`.repeat(50) +
          `${post("/api/users/login", "Expect: 100-continue\r\nContent-Length: 2")}{}`.repeat(500),
      }),
  },
];
