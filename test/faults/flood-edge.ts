import { connect, type Socket } from "node:net";
import { describe, freshEmail, PASSWORD, signIn, signUp, times } from "./support/calls.js";
import type { Flood } from "./support/flood.js";
import type { Client } from "./support/http.js";
import { type Server, sleep } from "./support/server.js";

const HOST = "Host: localhost\r\n";
const pipelined = (path: string, count = 1500) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`.repeat(count);
const post = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n\r\n`;

interface Strangers {
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
async function keepOpen(server: Server, isOver: () => boolean, how: Strangers): Promise<string> {
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

/** Twenty calls of a signed-in caller in one request. */
const batchOf = (procedure: string, token: string) =>
  `GET /trpc/${times(20, () => procedure).join(",")}?batch=1 HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n\r\n`;

/** What users do to make large answers: they sign in before, and ask with that token. */
function largeAnswers(
  name: string,
  prepare: (client: Client) => Promise<string>,
  strangers: (token: string) => Strangers,
): Flood {
  let token = "";
  return {
    name,
    server: { environment: { CHANGES_PER_ACCOUNT: "1000000" } },
    async prepare({ client }) {
      token = await prepare(client);
    },
    attack: (server, isOver) => keepOpen(server, isOver, strangers(token)),
  };
}

/** An account with a log that is longer than a download holds. */
async function longLived(client: Client): Promise<string> {
  const { token } = await signUp(client);
  const headers = { "User-Agent": "U".repeat(512) };
  for (const firstName of times(4000, String)) {
    const changed = await client.send("PATCH", "/api/v1/account", { json: { firstName }, token, headers });
    if (changed.status !== 200) throw new Error(describe(changed));
  }
  return token;
}

/** An account whose names fill the body of its registration. */
async function longNamed(client: Client): Promise<string> {
  const [email, name] = [freshEmail(), "中".repeat(10_000)];
  const json = {
    email,
    password: PASSWORD,
    first_name: name,
    last_name: name,
    phone_number: "1".repeat(4000),
  };
  const registered = await client.send("POST", "/api/users/register", { json });
  if (registered.status !== 200) throw new Error(describe(registered));
  return signIn(client, email);
}

/** What strangers do to connections, heads, bodies and answers. Only the last two need an account. */
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
  largeAnswers("batches of downloads of a long log", longLived, (token) => ({
    networks: 5,
    connections: 8,
    renewMs: 1000,
    first: batchOf("account.exportData", token),
    reads: true,
  })),
  largeAnswers("batches of long names left unread", longNamed, (token) => ({
    networks: 5,
    connections: 100,
    first: batchOf("account.get", token).repeat(4),
  })),
];
