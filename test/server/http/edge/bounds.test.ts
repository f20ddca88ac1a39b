import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { PASSWORD_LENGTHS } from "@latchkey/contracts/fields/password-length";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_PIECES } from "../../../../apps/server/src/http/edge/pieces.js";
import { openApiMount } from "../../../../apps/server/src/http/mounts/openapi.js";
import { servedDocument } from "../../../../apps/server/src/wiring/openapi.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { openWire, type Wire } from "../../../support/wire.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { MANAGEMENT_PORT: "0" } });
});
afterAll(() => server.close());

const PATHS = {
  "the bridge": "/api/users/me",
  "tRPC, of a procedure": "/trpc/users.me",
  "tRPC, of none": "/trpc/none",
  health: "/livez",
  "the public keys": "/.well-known/jwks.json",
  "the OpenAPI document": "/openapi.json",
  "the documents": "/docs",
  "a large file": "/docs/swagger-ui-bundle.js",
  nothing: "/nothing-here",
};
const management = () => Number(new URL(server.managementUrl ?? "").port);
const all = (count: number, path: string) => Array.from({ length: count }, () => path);
const bodyOf = ({ text }: Wire) => text().slice(text().indexOf("\r\n\r\n") + 4);
const livez = async () => (await fetch(`${server.url}/livez`)).status;

async function closedCounts(): Promise<Record<string, number>> {
  const text = await (await fetch(`${server.managementUrl}/metrics`)).text();
  const lines = [...text.matchAll(/^latchkey_http_connections_closed_total\{bound="(\w+)"\} (\d+)/gm)];
  return Object.fromEntries(lines.map(([, bound, count]) => [bound, Number(count)]));
}

describe("100 requests at once on one connection", () => {
  it.each(Object.entries(PATHS))("are all answered to a client that reads: %s", async (_, path) => {
    const wire = await openWire(server.port);
    wire.ask(path);
    await wire.answers(1);
    const { socket } = wire;
    const length = Number(/content-length: (\d+)/i.exec(wire.text())?.[1] ?? 0);
    while (!wire.text().includes("\r\n\r\n") || bodyOf(wire).length < length) await once(socket, "data");
    const each = wire.text().length;
    // Counted by their bytes: they are too long to look at a hundred times.
    socket.removeAllListeners("data");
    wire.ask(...all(100, path));
    let received = 0;
    for await (const chunk of socket) {
      received += chunk.length;
      // Request ids may grow by a character.
      if (received >= 99.5 * each) break;
    }
    socket.destroy();
  });

  it("are answered in their order, whatever answers them", async () => {
    const wire = await openWire(server.port);
    const paths = ["/livez", "/api/users/me", "/nothing-here", "/docs", "/api/users/nothing", "/trpc/none"];
    const statuses = [200, 401, 404, 200, 404, 404];
    wire.ask(...paths, ...paths, ...paths);
    await wire.answers(18);
    expect(wire.statuses()).toEqual([...statuses, ...statuses, ...statuses]);
    wire.socket.destroy();
  });

  it.each(["/livez", "/readyz", "/metrics", "/nothing"])(
    "are all answered by the management port: %s",
    async (path) => {
      const wire = await openWire(management());
      wire.ask(...all(100, path));
      await wire.answers(100);
      wire.socket.destroy();
    },
  );
});

describe("a client that sends far more requests than it reads answers", () => {
  /** More than one read brings, so that they meet each limit. */
  const flood = async (port: number, path: string): Promise<Wire> => {
    const wire = await openWire(port);
    wire.ask(...all(1500, path));
    await wire.closed;
    return wire;
  };

  it.each(Object.entries(PATHS))("is disconnected: %s", async (_, path) => {
    const before = await closedCounts();
    const wire = await flood(server.port, path);
    expect(wire.statuses().length).toBeLessThan(1500);
    expect((await closedCounts()).pipeline).toBe((before.pipeline ?? 0) + 1);
    expect(await livez()).toBe(200);
  });

  it.each(["/livez", "/metrics", "/nothing"])("is disconnected by the management port: %s", async (path) => {
    const wire = await flood(management(), path);
    expect(wire.statuses().length).toBeLessThan(1500);
  });

  it("is disconnected even if each of them expects something odd", async () => {
    const wire = await openWire(server.port);
    wire.socket.write("GET /livez HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n".repeat(1000));
    await wire.closed;
    // What is still on its way makes the operating system discard even the first answer.
    expect(wire.statuses().filter((status) => status !== 417)).toEqual([]);
    expect(wire.statuses().length).toBeLessThanOrEqual(1);
  });
});

describe("a body", () => {
  const head = "HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

  it.each(["/api/users/login", "/trpc/users.login"])(
    "is read in many pieces, but not byte by byte: %s",
    async (path) => {
      const few = await openWire(server.port);
      few.socket.write(`POST ${path} ${head}${"1\r\n \r\n".repeat(MAX_PIECES - 10)}0\r\n\r\n`);
      await few.answers(1);
      expect(few.statuses()[0]).toBeGreaterThanOrEqual(400);
      few.socket.destroy();

      const before = await closedCounts();
      const many = await openWire(server.port);
      many.socket.write(`POST ${path} ${head}${"1\r\n \r\n".repeat(MAX_PIECES * 3)}`);
      await many.closed;
      expect(many.text()).toBe("");
      expect((await closedCounts()).pieces).toBe((before.pieces ?? 0) + 1);
    },
  );

  it.each(["/api/users/login", "/trpc/users.login"])(
    "that was refused is dropped in however many pieces it goes on: %s",
    async (path) => {
      const before = await closedCounts();
      const wire = await openWire(server.port);
      wire.socket.write(`POST ${path} ${head}11170\r\n${" ".repeat(70_000)}\r\n`);
      await wire.answers(1);
      wire.socket.end(`${"1\r\n \r\n".repeat(MAX_PIECES * 3)}0\r\n\r\n`);
      await wire.closed;
      expect(wire.statuses()).toEqual([413]);
      expect(await closedCounts()).toEqual(before);
    },
  );
});

describe("a head", () => {
  it("has at most 100 headers", async () => {
    const wire = await openWire(server.port);
    const request = (headers: number) =>
      `GET /livez HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(headers - 1)}\r\n`;
    wire.socket.write(request(100));
    await wire.answers(1);
    wire.socket.write(request(101));
    await wire.closed;
    expect(wire.statuses()).toEqual([200, 431]);
    expect(wire.text()).toMatch(/\{"detail":"Request header fields too large"\}$/);
  });

  it("has at most 16 KiB, on either port", async () => {
    for (const port of [server.port, management()]) {
      const wire = await openWire(port);
      wire.socket.write(`GET /livez HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(17_000)}\r\n\r\n`);
      await wire.closed;
      expect(wire.statuses()).toEqual([431]);
    }
  });

  it("may ask for another protocol, and is answered in this one", async () => {
    const wire = await openWire(server.port);
    wire.socket.write("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await wire.answers(1);
    expect(wire.statuses()).toEqual([200]);
    wire.socket.destroy();
  });

  it("does not open a tunnel", async () => {
    const wire = await openWire(server.port);
    wire.socket.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    await wire.closed;
    expect(wire.statuses()).toEqual([]);
  });
});

describe("100-continue", () => {
  const post = (length: number) =>
    `POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;

  it("is granted, and the body is bounded like any other", async () => {
    const wire = await openWire(server.port);
    wire.socket.write(post(2));
    await wire.answers(1);
    wire.socket.write("{}");
    await wire.answers(2);
    expect(wire.statuses()).toEqual([100, 422]);
    wire.socket.write(post(10_000_000));
    await wire.closed;
    expect(wire.statuses()).toEqual([100, 422, 100, 413]);
  });
});

describe("a connection that is half closed", () => {
  it("is closed by the server as well", async () => {
    const wire = await openWire(server.port);
    wire.ask("/livez");
    await wire.answers(1);
    wire.socket.end();
    await wire.closed;
    const silent = await openWire(server.port);
    silent.socket.end();
    await silent.closed;
  });
});

it("renders the OpenAPI document and the public keys once for all requests", async () => {
  const keys = server.app.features.mounts.find(({ path }) => path === "/.well-known/jwks.json");
  for (const mount of [openApiMount(() => servedDocument(PASSWORD_LENGTHS)), keys]) {
    const ask = () => mount?.answer({} as IncomingMessage);
    const [one, other] = [await ask(), await ask()];
    expect(one).toHaveProperty("body");
    expect(one).toBe(other);
  }
});
