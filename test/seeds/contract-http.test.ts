import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpByName } from "./accounts.js";
import { ENDPOINTS } from "./endpoints.js";
import { sendRaw } from "./raw.js";

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  ({ token } = await signUp(server));
});
afterAll(() => server.close());

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

/** What no answer has and what every answer is. */
function expectPlain(headers: Record<string, unknown>) {
  expect(headers).not.toHaveProperty("etag");
  expect(headers).not.toHaveProperty("x-powered-by");
  expect(headers["content-type"]).toBe("application/json");
}

describe.each(ENDPOINTS)("$method $path", ({ method, path }) => {
  const authorization = () => ({ Authorization: `Bearer ${token}` });

  it.each(METHODS.filter((other) => other !== method))(
    "does not know %s and says what it knows",
    async (other) => {
      for (const headers of [{}, authorization(), { Origin: "http://localhost:3000" }]) {
        const answer = await sendRaw(server, { method: other, path, headers });
        expect([answer.status, answer.headers.allow]).toEqual([405, method]);
        expect(answer.text).toBe(other === "HEAD" ? "" : '{"detail":"Method Not Allowed"}');
        expectPlain(answer.headers);
      }
    },
  );

  it("is served with a trailing slash, a query and percent-encoding alike", async () => {
    // A bad body and no token: the answer is the endpoint's own, and nothing changes.
    const plain = await sendRaw(server, { method, path });
    expect(plain.status).toBeGreaterThanOrEqual(400);
    const encoded = path.replace("a", "%61");
    for (const same of [`${path}/`, `${path}?a=1`, `${path}/?a=1&b`, encoded, `http://any.example${path}`]) {
      const answer = await sendRaw(server, { method, path: same });
      expect([same, answer.status, answer.text]).toEqual([same, plain.status, plain.text]);
      expect(answer.headers).not.toHaveProperty("location");
    }
  });

  it("is not served under another spelling", async () => {
    const [upper, last] = [path.toUpperCase(), path.replace(/.$/, (letter) => letter.toUpperCase())];
    for (const other of [upper, last, `/${path}`, `${path}//`, path.replace("/api", "/api/"), `${path}x`]) {
      const answer = await sendRaw(server, { method, path: other });
      expect([other, answer.status, answer.text]).toEqual([other, 404, '{"detail":"Not Found"}']);
    }
  });

  it("has neither an ETag nor an X-Powered-By", async () => {
    expectPlain((await sendRaw(server, { method, path })).headers);
    expectPlain((await sendRaw(server, { method, path, body: "{" })).headers);
  });
});

describe.each(ENDPOINTS.filter(({ body }) => !body))("$method $path", ({ method, path }) => {
  it("never reads the body", async () => {
    const answers = [];
    for (const [type, sent] of [
      ["application/x-www-form-urlencoded", ""],
      ["application/json", "{oops"],
      ["multipart/form-data", "no boundary"],
      ["text/plain", "\ufeff"],
      ["application/json", "x".repeat(70_000)],
    ] as const) {
      const fresh = (await signUp(server)).token;
      const headers = {
        Authorization: `Bearer ${fresh}`,
        "Content-Type": type,
        "Content-Length": Buffer.byteLength(sent),
      };
      answers.push(await sendRaw(server, { method, path, headers, body: sent }));
      const { Authorization: _, ...without } = headers;
      answers.push(await sendRaw(server, { method, path, headers: without, body: sent }));
    }
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill([200, 401]).flat());
  });
});

describe("an unknown path", () => {
  it.each([
    "/",
    "/api",
    "/api/",
    "/api/users",
    "/api/users/nothing",
    "/users/me",
    "/api/users/me/x",
    "/%00",
    "/a b",
  ])("%j is not found, by no method", async (path) => {
    for (const method of METHODS) {
      const answer = await sendRaw(server, { method, path: path.replace(" ", "%20") });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.text).toBe(method === "HEAD" ? "" : '{"detail":"Not Found"}');
      expectPlain(answer.headers);
    }
  });
});

describe("answers that carry a token or a user", () => {
  it("are not to be stored", async () => {
    const email = await registerUser(server);
    const access = await login(server, email);
    const byName = await signUpByName(server);
    const answers = [
      await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } }),
      await send(server, "GET", "/api/users/me", { token: access }),
      await send(server, "GET", "/api/me", { token: access }),
      await send(server, "GET", "/api/auth/verify", { token: access }),
      await send(server, "POST", "/api/users/refresh_token", { token: access }),
      await send(server, "POST", "/api/auth/login", { json: { username: email, password: PASSWORD } }),
      await send(server, "POST", "/api/auth/register", {
        json: { ...byName, username: `${byName.username} x`, email: `x.${byName.email}` },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(200));
    expect(answers.map(({ headers }) => headers.get("cache-control"))).toEqual(Array(7).fill("no-store"));
    for (const { text } of answers) expect(text).toBe(JSON.stringify(JSON.parse(text)));
  });
});
