import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../../support/server.js";
import { openWire } from "../../../support/wire.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const LOGIN_BODY = '{"username":"nobody@example.com","password":"no-such-password"}';
const login = (...headers: readonly string[]) =>
  [
    "POST /api/auth/login HTTP/1.1",
    "Host: a",
    "Content-Type: application/json",
    `Content-Length: ${LOGIN_BODY.length}`,
    ...headers,
    `\r\n${LOGIN_BODY}`,
  ].join("\r\n");
const chunked = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`;
const GARBAGE = "GARBAGE\r\n\r\n";

/** Everything that came back for these bytes, sent at once. */
async function answersTo(...parts: readonly string[]) {
  const wire = await openWire(server.port);
  wire.socket.write(parts.join(""));
  await wire.closed;
  return wire;
}

describe("what is not HTTP is answered after everything that was sent ahead of it", () => {
  it.each<[what: string, parts: readonly string[], statuses: readonly number[]]>([
    ["answers of the same turn", [GET("/livez"), GET("/livez"), GARBAGE], [200, 200, 400]],
    ["an answer that takes longer", [login(), GARBAGE], [401, 400]],
    [
      "more than is begun at once",
      [login(), ...Array(9).fill(GET("/livez")), GARBAGE],
      [401, ...Array(9).fill(200), 400],
    ],
    [
      "a body that breaks off",
      [login(), GET("/livez"), chunked("/api/auth/login"), "zz\r\n"],
      [401, 200, 400],
    ],
    [
      "a tRPC body that breaks off",
      [login(), GET("/livez"), chunked("/trpc/auth.login"), "zz\r\n"],
      [401, 200, 400],
    ],
    [
      "a broken body of a request that waits",
      [login(), ...Array(5).fill(GET("/livez")), chunked("/api/auth/login"), "zz\r\n"],
      [401, 200, 200, 200, 200, 200, 400],
    ],
    ["nothing", [GARBAGE], [400]],
    ["nothing, and a body that breaks off", [chunked("/api/auth/login"), "zz\r\n"], [400]],
  ])("%s", async (_, parts, statuses) => {
    expect((await answersTo(...parts)).statuses()).toEqual(statuses);
  });

  it("a long answer, which stays whole", async () => {
    const { body } = await (async () => ({
      body: await (await fetch(`${server.url}/openapi.json`)).text(),
    }))();
    const wire = await openWire(server.port);
    wire.socket.pause();
    wire.socket.write(GET("/openapi.json") + GARBAGE);
    await once(server.app.server, "clientError");
    wire.socket.resume();
    await wire.closed;
    expect(wire.statuses()).toEqual([200, 400]);
    expect(wire.text()).toContain(`${Buffer.from(body).toString("latin1")}HTTP/1.1 400 Bad Request\r\n`);
  });
});

it("leaves the answer to a request that closes the connection alone, whatever follows it", async () => {
  const { statuses, text } = await answersTo(login("Connection: close"), login(), GARBAGE);
  expect(statuses()).toEqual([401]);
  expect(text()).toMatch(/^Connection: close\r$/m);
});
