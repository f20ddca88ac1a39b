import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../support/server.js";
import { openWire } from "../../support/wire.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const body = '{"email":"a@example.com","password":"x"}';
const login =
  "POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

/** Begins a request, runs `between` while it is in progress, and ends it. */
async function answerOf(path: string, between: () => void) {
  const sending = request(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
  });
  sending.write('{"email":');
  const arrived = once(server.app.server, "request");
  await arrived;
  between();
  sending.end('"a@example.com","password":"x"}');
  const [response] = await once(sending, "response");
  response.resume();
  return { connection: response.headers.connection };
}

describe("while it is stopping", () => {
  it.each(["/api/users/login", "/api/auth/login", "/trpc/users.login"])(
    "closes the connection of a request in progress after its answer: %s",
    async (path) => {
      expect(await answerOf(path, () => server.app.startDraining())).toMatchObject({
        connection: "close",
      });
    },
  );

  it("still answers new requests, and says that it is not ready", async () => {
    server.app.startDraining();
    const answer = await fetch(`${server.url}/livez`);
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    const readiness = await fetch(`${server.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ status: "draining" });
  });

  it.each([2, 30])(
    "answers all of %i logins that were sent at once, and closes after the last",
    async (count) => {
      const wire = await openWire(server.port);
      const arrived = once(server.app.server, "request");
      wire.socket.write(login.repeat(count));
      await arrived;
      server.app.startDraining();
      await wire.closed;
      expect(wire.statuses()).toEqual(Array.from({ length: count }, () => 400));
      const closing = wire
        .text()
        .split("HTTP/1.1 ")
        .map((answer) => /^connection: close/im.test(answer));
      expect(closing.indexOf(true)).toBe(count);
    },
  );

  it("answers what was sent at once after it began to stop, and closes after the last", async () => {
    server.app.startDraining();
    const wire = await openWire(server.port);
    wire.socket.write(login.repeat(10));
    await wire.closed;
    expect(wire.statuses()).toEqual(Array.from({ length: 10 }, () => 400));
  });

  it.each([
    [
      "a preflight",
      "OPTIONS /api/users/me",
      "Origin: http://localhost:3000\r\nAccess-Control-Request-Method: GET",
    ],
    [
      "a preflight from elsewhere",
      "OPTIONS /api/users/me",
      "Origin: http://a\r\nAccess-Control-Request-Method: GET",
    ],
    ["an expectation", "GET /api/users/me", "Expect: nothing"],
    ["an unknown path", "GET /nothing-here", "A: b"],
    ["a wrong method", "DELETE /api/users/login", "A: b"],
    ["a streamed batch", "GET /trpc/users.me,users.me?batch=1", "trpc-accept: application/jsonl"],
    ["a large batch", `GET /trpc/${"users.me,".repeat(30)}users.me?batch=1`, "A: b"],
    ["a file", "GET /docs/swagger-ui-bundle.js", "A: b"],
  ])("closes after the answer to %s", async (_, line, header) => {
    server.app.startDraining();
    const wire = await openWire(server.port);
    wire.socket.write(`${line} HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`);
    await wire.closed;
    expect(wire.statuses()).toHaveLength(1);
    expect(wire.text()).toMatch(/^connection: close\r$/im);
  });

  it("does not wait for connections that never sent anything", async () => {
    const known = once(server.app.server, "connection");
    const wire = await openWire(server.port);
    await known;
    server.app.server.closeIdleConnections();
    expect(wire.socket.destroyed).toBe(false);
    server.app.server.closeIdleConnections();
    await wire.closed;
  });
});
