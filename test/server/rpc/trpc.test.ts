import type { AppRouter } from "@latchkey/client";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { call } from "../../support/trpc.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const names = { first_name: "San", last_name: "Zhang", phone_number: "138" };
const register = (email: string) =>
  call(server, "mutation", "users.register", { input: { email, password: PASSWORD, ...names } });
const error = (code: string, httpStatus: number, appCode: string) => ({
  error: { message: expect.any(String), code: expect.any(Number), data: { code, httpStatus, appCode } },
});

describe("every procedure through tRPC", () => {
  it("registers, signs in, reads, refreshes, resets and logs out on the users surface", async () => {
    const email = freshEmail();
    expect((await register(email)).json.result.data).toEqual({ message: "User registered successfully." });
    const login = await call(server, "mutation", "users.login", { input: { email, password: PASSWORD } });
    expect(login.json.result.data).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: 180,
    });
    const token = login.json.result.data.access_token;
    const me = await call(server, "query", "users.me", { token });
    expect(me.json.result.data).toEqual({ email, ...names });
    const refresh = await call(server, "mutation", "users.refreshToken", { token });
    const successor = refresh.json.result.data.access_token;
    const reset = { email, old_password: PASSWORD, new_password: "another password" };
    const answer = await call(server, "mutation", "users.resetPassword", { input: reset, token: successor });
    expect(answer.json.result.data).toEqual({ message: "Password has been reset successfully." });
    const logout = await call(server, "mutation", "users.logout", { token: successor });
    expect(logout.json.result.data).toEqual({ message: "You have been logged out." });
    expect((await call(server, "query", "users.me", { token: successor })).json).toEqual(
      error("UNAUTHORIZED", 401, "TOKEN_INVALID"),
    );
  });

  it("registers, signs in and verifies on the auth surface, without REST's envelope", async () => {
    const input = { username: "trpc", email: freshEmail(), password: PASSWORD };
    const registered = (await call(server, "mutation", "auth.register", { input })).json.result.data;
    expect(Object.keys(registered)).toEqual(["user", "token"]);
    const signedIn = (await call(server, "mutation", "auth.login", { input })).json.result.data;
    expect(signedIn.user).toEqual(registered.user);
    const verified = await call(server, "query", "auth.verify", { token: signedIn.token });
    expect(verified.json.result.data).toEqual(registered.user);
  });

  it("repeats a refresh with the same idempotency key, given as input", async () => {
    const email = freshEmail();
    await register(email);
    const { json } = await call(server, "mutation", "users.login", { input: { email, password: PASSWORD } });
    const token = json.result.data.access_token;
    const input = { idempotencyKey: "0123456789abcdef" };
    const first = await call(server, "mutation", "users.refreshToken", { token, input });
    expect((await call(server, "mutation", "users.refreshToken", { token, input })).json).toEqual(first.json);
    // The same key in REST's header is the same request.
    const headers = { "Idempotency-Key": input.idempotencyKey };
    const rest = await send(server, "POST", "/api/users/refresh_token", { token, headers });
    expect(rest.json).toEqual(first.json.result.data);
  });

  it("shares accounts and sessions with REST", async () => {
    const email = freshEmail();
    await register(email);
    const { json } = await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
    const token = json.access_token;
    expect((await call(server, "query", "users.me", { token })).status).toBe(200);
    await call(server, "mutation", "users.logout", { token });
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
  });
});

describe("errors through tRPC", () => {
  it("carry their own code and status", async () => {
    const email = freshEmail();
    await register(email);
    expect((await register(email)).json).toEqual(error("CONFLICT", 409, "EMAIL_TAKEN"));
    const wrong = { input: { email, password: "wrong" } };
    expect((await call(server, "mutation", "users.login", wrong)).json).toEqual(
      error("UNAUTHORIZED", 401, "INVALID_CREDENTIALS"),
    );
    const missing = await call(server, "query", "users.me");
    expect(missing.json).toEqual(error("UNAUTHORIZED", 401, "TOKEN_MISSING"));
    expect(missing.headers.get("www-authenticate")).toBe("Bearer");
    const forged = await call(server, "mutation", "users.refreshToken", { token: "x" });
    expect(forged.json).toEqual(error("UNAUTHORIZED", 401, "TOKEN_INVALID"));
    const nobody = { email: freshEmail(), old_password: "a", new_password: "b" };
    expect((await call(server, "mutation", "users.resetPassword", { input: nobody })).json).toEqual(
      error("NOT_FOUND", 404, "USER_NOT_FOUND"),
    );
  });

  it("name each invalid field, once", async () => {
    const { status, json } = await call(server, "mutation", "auth.register", {
      input: { username: "<", password: "1" },
    });
    expect(status).toBe(422);
    expect(json.error.data).toEqual({
      code: "UNPROCESSABLE_CONTENT",
      httpStatus: 422,
      appCode: "INVALID_INPUT",
      fields: [
        { path: ["username"], message: "must not contain '<' or '>'" },
        { path: ["email"], message: "is required" },
        { path: ["password"], message: "must have at least 6 characters" },
      ],
    });
  });

  it.each([
    ["an unknown procedure", "mutation", "users.nope", {}, 404],
    ["a name of Object's", "mutation", "__proto__", {}, 404],
    ["a query sent as a mutation", "mutation", "users.me", {}, 405],
    ["a mutation sent as a query", "query", "users.logout", {}, 405],
    ["malformed JSON", "mutation", "users.login", { body: '{"email":"secret' }, 400],
    ["another content type", "mutation", "users.login", { headers: { "Content-Type": "text/plain" } }, 415],
  ] as const)("answer %s with a code and no internals", async (_, kind, path, sent, status) => {
    const answer = await call(server, kind, path, sent);
    expect(answer.status).toBe(status);
    expect(answer.json.error.data.appCode).toBe("BAD_REQUEST");
    expect(answer.text).not.toMatch(/secret|stack|node_modules|\.ts|zod/i);
  });

  it("answer a large body with 413", async () => {
    const body = JSON.stringify({ email: "a@b.com", password: "x".repeat(70_000) });
    expect((await call(server, "mutation", "users.login", { body })).status).toBe(413);
  });

  const batchOf = (count: number, comma = ",", headers = {}) =>
    fetch(`${server.url}/trpc/${Array(count).fill("users.me").join(comma)}?batch=1&input=%7B%7D`, {
      headers,
    });

  it.each([",", "%2C"])("answer a batch of more than 20 with 413 and the limit: %s", async (comma) => {
    const batch = await batchOf(21, comma);
    expect(batch.status).toBe(413);
    expect(batch.headers.get("content-type")).toBe("application/json");
    expect(await batch.json()).toEqual({
      error: {
        message: "A batch may contain at most 20 calls: set `maxItems` of the link to 20.",
        code: -32013,
        data: { code: "PAYLOAD_TOO_LARGE", httpStatus: 413, appCode: "BAD_REQUEST" },
      },
    });
    const inChinese = await (await batchOf(21, comma, { "Accept-Language": "zh-CN" })).text();
    expect(inChinese).toContain("一个批次最多包含 20 个调用");
    expect(await (await batchOf(20, comma)).json()).toHaveLength(20);
  });

  it("answer tRPC's own clients with what they did wrong", async () => {
    const messageOf = async (options: { methodOverride?: "POST"; maxItems?: number }, count = 1) => {
      const link = httpBatchLink({ url: `${server.url}/trpc`, ...options });
      const trpc = createTRPCClient<AppRouter>({ links: [link] });
      const calls = Array.from({ length: count }, () => trpc.users.me.query());
      const [first] = await Promise.allSettled(calls);
      return first?.status === "rejected" ? String(first.reason.message) : "";
    };
    expect(await messageOf({ methodOverride: "POST" })).toBe(
      "Queries are sent with GET and mutations with POST. Leave out the link's `methodOverride`.",
    );
    expect(await messageOf({}, 21)).toMatch(/^A batch may contain at most 20 calls/);
    expect(await messageOf({ maxItems: 20 }, 21)).toMatch(/not carry a token|token/i);
  });
});

it("is never cached and never names the server software", async () => {
  const { headers } = await call(server, "query", "users.me");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-powered-by")).toBeNull();
  expect(headers.get("etag")).toBeNull();
  expect(headers.get("x-request-id")).toMatch(/^[\w-]+$/);
});

describe("what tRPC itself refuses", () => {
  it.each([
    ["another content type", "POST", "users.login", { "Content-Type": "text/plain" }],
    ["no content type", "POST", "users.login", {}],
    ["a batch of too many", "GET", `${Array(21).fill("users.me").join(",")}?batch=1`, {}],
    ["queries and mutations in one batch", "GET", "users.me,users.login?batch=1", {}],
    ["a stream of an unknown procedure", "GET", "users.nobody", { "trpc-accept": "application/jsonl" }],
  ])("is answered as JSON in tRPC's shape: %s", async (_, method, path, headers) => {
    const body = method === "POST" ? new TextEncoder().encode("{}") : null;
    const response = await fetch(`${server.url}/trpc/${path}`, { method, headers, body });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ error: { data: { appCode: "BAD_REQUEST" } } });
  });

  it.each(["PUT", "DELETE", "OPTIONS", "HEAD"])(
    "includes any method but GET and POST: %s",
    async (method) => {
      const response = await fetch(`${server.url}/trpc/users.me`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
    },
  );

  it("varies by origin, as every answer to a browser does", async () => {
    const headers = { Origin: "http://localhost:3000" };
    const answer = await call(server, "query", "users.me", { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(answer.headers.get("vary")?.toLowerCase().split(/, */)).toContain("origin");
  });

  it("leaves no line among the log's errors", async () => {
    const before = server.logLines.length;
    await call(server, "mutation", "users.login", { body: "{" });
    await call(server, "query", "users.me?input={");
    await fetch(`${server.url}/trpc/users.login`, { method: "POST", body: new FormData() });
    const lines = server.logLines.slice(before).map((line) => JSON.parse(line));
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  });
});
