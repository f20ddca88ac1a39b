import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../../support/raw-http.js";
import { send, signUp } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const BODY_PATHS = [
  "/api/users/register",
  "/api/users/login",
  "/api/users/reset_password",
  "/api/auth/register",
  "/api/auth/login",
];
const FIELDS = [
  "email",
  "username",
  "password",
  "first_name",
  "old_password",
  "new_password",
  "__proto__",
  "constructor",
];
const JSON_HEADERS = { "Content-Type": "application/json" };

/** A clean refusal: a 4xx, JSON with a detail, no internals. */
function expectRefused({ status, text, headers }: Awaited<ReturnType<typeof send>>): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers.get("content-type")).toBe("application/json");
  expect(Object.keys(JSON.parse(text))).toEqual(["detail"]);
  expect(text).not.toMatch(/node_modules|\.ts:|at Object|<html/i);
}

/** Sends bytes unchanged and reads everything that comes back until the socket is closed. */
async function raw(text: string): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

describe("addresses that cannot be read", () => {
  it.each([
    ...["http://[", "http://[/livez", "https://[?x", "/%", "/trpc/%", "http://a/%zz"],
    ...[
      "http://u:p@a/trpc/account.get",
      "http://u:p@a/api/auth/verify",
      "http://u@a/livez",
      "https://@a/docs",
    ],
    ...["http:///trpc/account.get", "http://?x", "ftp://a/livez", "file:///trpc/x"],
    ...[
      "http://a:99999/trpc/account.get",
      "http://a:x/livez",
      "http://[::1/trpc/x",
      "http://[fe80::1%25eth0]/trpc/x",
    ],
  ])("get a 4xx with a detail, and no line in the log: %s", async (target) => {
    const answer = await sendRaw(server.port, { method: "GET", target });
    expect([answer.status, answer.body]).toEqual([400, '{"detail":"The address is not well-formed"}']);
    expect(server.logLines.filter((line) => line.includes('"level":50'))).toEqual([]);
    expect(answer.headers).toContainEqual(["cache-control", "no-store"]);
  });
});

describe("addresses of tRPC", () => {
  it.each([
    "/trpc//u:p@a/account.get",
    "/trpc/\\u:p@a/account.get",
    "/trpc////u:p@a/account.get",
    "/trpc//[/account.get",
    "/trpc//a:99999/account.get",
  ])("are paths whatever follows their slashes: %s", async (target) => {
    const answer = await sendRaw(server.port, { method: "GET", target });
    expect([answer.status, JSON.parse(answer.body).error.data.appCode]).toEqual([401, "TOKEN_MISSING"]);
    expect(server.logLines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it("name the server in absolute form as well", async () => {
    for (const target of ["http://a/trpc/account.get", "HTTPS://[::1]:443/trpc/account.get"])
      expect([target, (await sendRaw(server.port, { method: "GET", target })).status]).toEqual([target, 401]);
  });
});

describe("a Host header", () => {
  it.each(["u:p@a", "u@a", "a/b", "a\\b", "a b", "a?b", "a#b", "a,b c"])(
    "that names no host gets 400, on every path: %s",
    async (host) => {
      for (const path of ["/trpc/account.get", "/api/auth/verify", "/livez"]) {
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
        expect(answer).toContain('{"detail":"The Host header is not well-formed"}');
      }
      expect(server.logLines.filter((line) => line.includes('"level":50'))).toEqual([]);
    },
  );

  it.each(["", "a", "A.example.com:8000", "[::1]:8000", "192.0.2.1", "a_b.internal", "a:"])(
    "that names one is accepted: %j",
    async (host) => {
      const answer = await raw(`GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );
});

describe("hostile bodies", () => {
  it.each(BODY_PATHS)("to %s get a 4xx with a detail", async (path) => {
    const wild = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "binary" }),
        fc.constantFrom("\ud800", "\u0000", "a@b.com", "x".repeat(2000), "\u202e", "' OR 1=1 --"),
        fc.double(),
        fc.constantFrom(null, true, [], {}),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...FIELDS), tie("value")),
      ),
    })).value;
    const body = fc.oneof(
      fc.dictionary(fc.constantFrom(...FIELDS), wild).map((value) => JSON.stringify(value)),
      wild.map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary" }),
      fc.json().map((text) => text.slice(0, text.length / 2)),
    );
    const contentType = fc.constantFrom(
      "application/json",
      "",
      "text/plain",
      "application/x-www-form-urlencoded",
    );
    const property = fc.asyncProperty(body, contentType, async (text, type) => {
      const headers: Record<string, string> = type === "" ? {} : { "Content-Type": type };
      const answer = await send(server, "POST", path, { body: text, headers });
      // By chance, a generated body may be a valid registration.
      if (answer.status !== 200) expectRefused(answer);
    });
    await fc.assert(property, { numRuns: 150, seed: 20260115 });
  });

  it("of 1 MB get 413, and the connection's next request is served", async () => {
    for (const path of BODY_PATHS) {
      const body = `{"email":"${"a".repeat(1_000_000)}"}`;
      const answer = await send(server, "POST", path, { body, headers: JSON_HEADERS });
      expect([answer.status, answer.text]).toEqual([413, '{"detail":"Request body too large"}']);
    }
    expect((await send(server, "GET", "/livez")).status).toBe(200);
  });

  it("of 1 MB in chunks get 413", async () => {
    const chunk = "a".repeat(10_000);
    const chunks = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(100);
    const head =
      "POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = await raw(`${head}${chunks}0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('{"detail":"Request body too large"}');
  });

  it("that nest deeply get 400 or 422, however deep", async () => {
    for (const depth of [100, 900, 1_000, 10_000, 30_000]) {
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
      ] as const) {
        const body = open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth);
        if (body.length >= 65_536) continue;
        expectRefused(await send(server, "POST", "/api/users/login", { body, headers: JSON_HEADERS }));
      }
    }
  });

  it("with prototype keys change nothing for anyone", async () => {
    const body =
      '{"__proto__":{"email":"a@b.com","password":"x","disabled":false},"constructor":{"prototype":{"email":"x"}}}';
    const answer = await send(server, "POST", "/api/users/login", { body, headers: JSON_HEADERS });
    expect(answer.json.detail.map((each: { type: string }) => each.type)).toEqual([
      "value_error.missing",
      "value_error.missing",
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe("hostile requests", () => {
  it.each([
    ["two hosts", "GET /api/users/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    ["no host", "GET /api/users/me HTTP/1.1\r\n\r\n"],
    [
      "a length that is not a number",
      "POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ],
    ["a negative length", "POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    [
      "two lengths",
      "POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    [
      "a length with chunks",
      "POST /api/users/login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["an unknown protocol", "GET / HTTP/9.9\r\nHost: a\r\n\r\n"],
    ["a NUL in a header", "GET /api/users/me HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n"],
    ["64 KB of headers", `GET /api/users/me HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(65_536)}\r\n\r\n`],
    ["a folded header", "GET /api/users/me HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\nGET"],
  ])("with %s get one clean answer", async (_, text) => {
    const closing = text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    const answer = await raw(closing);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).not.toMatch(/<html|at |node:/);
  });

  it.each([
    "/api/users/me%00",
    "/api/users/%",
    "/api/users/me/..",
    "//api/users/me",
    "/api/users/me;x",
    "/%c0%af",
    "/docs/../../package.json",
    "/docs/%2e%2e/%2e%2e/package.json",
    "/trpc/%",
    "/trpc/users.me%00",
    "/.env",
  ])("for %s get a 4xx of JSON", async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.toLowerCase()).toContain("content-type: application/json");
    expect(answer).not.toMatch(/latchkey"|at |node_modules/);
  });

  it("with absurdly many headers or methods never produce a 5xx", async () => {
    const methods = ["BREW", "PROPFIND", "TRACE", "CONNECT", "PATCH", "LOCK", "M-SEARCH"];
    for (const method of methods) {
      const answer = await raw(`${method} /api/users/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    }
  });

  it("cannot put a header into an answer", async () => {
    const { token } = await signUp(server);
    const answer = await raw(
      `GET /api/users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nOrigin: http://localhost:3000%0d%0aX-Evil: 1\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).not.toMatch(/\r\nX-Evil/i);
    expect(answer).not.toMatch(/Access-Control-Allow-Origin/i);
  });
});
