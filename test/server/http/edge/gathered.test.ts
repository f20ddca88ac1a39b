import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGathering } from "../../../../apps/server/src/http/edge/gathered.js";
import { startServer } from "../../../support/server.js";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

let server: Server;
/** Requests that the server has handed out and the test has not taken. */
let handed: Exchange[];
let taken: () => void;
beforeEach(async () => {
  handed = [];
  taken = () => {};
  const gather = createGathering();
  server = createServer((request, response) => {
    gather(response);
    handed.push({ request, response });
    taken();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** So many exchanges, when their requests have come. */
async function take(count: number): Promise<Exchange[]> {
  while (handed.length < count) {
    await new Promise<void>((resolve) => {
      taken = resolve;
    });
  }
  return handed.splice(0, count);
}

/** A connection, and all that came on it. */
async function open(port = (server.address() as AddressInfo).port) {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  return {
    socket,
    ask: (...paths: string[]) => {
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    },
    text: () => text,
    /** What came after the last head, once that much of it is there. */
    async until(end: string) {
      while (!text.endsWith(end)) await once(socket, "data");
      return text;
    },
  };
}

/** Answers as the bridge does: the head first, then all of the body. */
const answer = ({ response }: Exchange, body: string) =>
  response.writeHead(200, { "Content-Length": body.length }).end(body);
const turnsEnd = () => new Promise((resolve) => setImmediate(resolve));
const written = ({ response }: Exchange) => (response.socket as Socket).bytesWritten;

it("leaves with all other answers of its turn, at its end", async () => {
  const [one, two] = [await open(), await open()];
  one.ask("/one");
  two.ask("/two");
  const exchanges = await take(2);
  const sockets = exchanges.map(({ response }) => response.socket as Socket);
  const sent = () => sockets.map(({ bytesWritten }) => bytesWritten > 0);
  const seen: boolean[][] = [];
  for (const exchange of exchanges) {
    answer(exchange, exchange.request.url ?? "");
    await Promise.resolve();
    seen.push(sent());
  }
  expect(seen).toEqual([
    [false, false],
    [false, false],
  ]);
  await turnsEnd();
  expect(sent()).toEqual([true, true]);
  await one.until("/one");
  await two.until("/two");
});

it("does not wait for other requests if it is the only one", async () => {
  const client = await open();
  client.ask("/alone");
  const [exchange] = (await take(1)) as [Exchange];
  const socket = exchange.response.socket as Socket;
  answer(exchange, "alone");
  await turnsEnd();
  expect(socket.bytesWritten).toBeGreaterThan(0);
  await client.until("alone");
});

it("keeps the order of its connection, whichever is ready first and in however many pieces", async () => {
  const client = await open();
  client.ask("/1", "/2", "/3", "/4");
  const [first, second, third, fourth] = (await take(4)) as [Exchange, Exchange, Exchange, Exchange];
  answer(fourth, "four");
  third.response.write("th");
  await turnsEnd();
  third.response.end("ree");
  answer(second, "");
  first.response.write("o");
  first.response.end("ne");
  const text = await client.until("four");
  const bodies = text
    .split(/HTTP\/1\.1 200 OK\r\n/)
    .map((answer) => answer.split("\r\n\r\n").slice(1).join(""));
  expect(bodies).toEqual(["", "1\r\no\r\n2\r\nne\r\n0", "", "2\r\nth\r\n3\r\nree\r\n0", "four"]);
});

it("is sent as one if it was written in pieces, as tRPC does", async () => {
  const client = await open();
  client.ask("/pieces");
  const [{ response }] = (await take(1)) as [Exchange];
  response.write("a");
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(response.writableLength).toBeGreaterThan(0);
  response.end("b");
  await client.until("0\r\n\r\n");
  expect(client.text()).toMatch(/\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/);
});

it("says when a long answer may continue, and sends all of it", async () => {
  const client = await open();
  client.ask("/long");
  const [{ response }] = (await take(1)) as [Exchange];
  response.setHeader("Content-Length", 3_000_000);
  for (let i = 0; i < 30; i++) {
    if (!response.write("x".repeat(100_000))) await once(response, "drain");
  }
  response.end();
  while (client.text().length < 3_000_000) await once(client.socket, "data");
  expect(client.text()).toMatch(/x{1000}$/);
});

it("closes the connection after an answer that says so", async () => {
  const client = await open();
  client.ask("/last");
  const [{ response }] = (await take(1)) as [Exchange];
  response.writeHead(200, { Connection: "close", "Content-Length": 4 }).end("last");
  await once(client.socket, "close");
  expect(client.text()).toMatch(/Connection: close\r\n(.+\r\n)*\r\nlast$/);
});

it("has no body if only its head was asked for", async () => {
  const client = await open();
  client.socket.write("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [{ response }] = (await take(1)) as [Exchange];
  response.writeHead(200, { "Content-Length": "4" }).end("body");
  client.ask("/next");
  const [next] = (await take(1)) as [Exchange];
  answer(next, "next");
  expect(await client.until("next")).not.toContain("body");
});

it("is known to have begun as soon as it has ended, also where its head was left to Node", async () => {
  const client = await open();
  client.ask("/implicit");
  const [{ response }] = (await take(1)) as [Exchange];
  response.end("implicit");
  expect(response.headersSent).toBe(true);
  await client.until("implicit");
});

it("calls back once it is sent", async () => {
  const client = await open();
  client.ask("/told");
  const [{ response }] = (await take(1)) as [Exchange];
  response.writeHead(200, { "Content-Length": 4 });
  await new Promise<void>((resolve) => response.end("told", resolve));
  expect(response.writableFinished).toBe(true);
  await client.until("told");
});

describe("if the client has left", () => {
  it.each([
    ["before the answer", async ({ response }: Exchange) => void (await once(response, "close"))],
    ["between the answer and the end of the turn", async ({ response }: Exchange) => void response.destroy()],
  ])("harms no other answer: %s", async (when, leaves) => {
    const [gone, stays] = [await open(), await open()];
    gone.ask("/gone");
    const [left] = (await take(1)) as [Exchange];
    stays.ask("/stays");
    const [exchange] = (await take(1)) as [Exchange];
    if (when === "before the answer") gone.socket.destroy();
    else answer(left, "gone");
    await leaves(left);
    left.response.write("gone");
    left.response.end("gone");
    answer(exchange, "stays");
    await stays.until("stays");
  });
});

it.each([
  ["the bridge", "/api/v1/none"],
  ["the edge", ""],
])("is how a server answers: %s", async (_, target) => {
  const { app, port, close } = await startServer();
  const client = await open(port);
  // Behind the server's own listener: an answer that needs to wait for nothing is given by then.
  const answered = new Promise<Exchange>((resolve) => {
    app.server.on("request", (request, response) => resolve({ request, response }));
  });
  client.socket.write(`GET ${target || "/"} HTTP/1.1\r\n${target === "" ? "" : "Host: a\r\n"}\r\n`);
  const exchange = await answered;
  expect(exchange.response.headersSent).toBe(true);
  expect(written(exchange)).toBe(0);
  await client.until("}");
  client.socket.destroy();
  await close();
});
