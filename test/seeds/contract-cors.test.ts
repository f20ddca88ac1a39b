import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { type RawAnswer, sendRaw } from "./raw.js";

const PREFLIGHT = {
  "Access-Control-Request-Method": "POST",
  "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
};

/** One request for every kind of answer that a REST client can get cheaply. */
const ANSWERS = [
  { kind: "a success", method: "GET", path: "/api/users/me", status: 200, withToken: true },
  { kind: "a missing token", method: "GET", path: "/api/auth/verify", status: 401 },
  { kind: "an unknown path", method: "GET", path: "/api/nothing", status: 404 },
  { kind: "a wrong method", method: "GET", path: "/api/users/login", status: 405 },
  { kind: "a plain OPTIONS", method: "OPTIONS", path: "/api/users/login", status: 405 },
  { kind: "a bad body", method: "POST", path: "/api/users/login", status: 422, body: "{" },
  { kind: "an unreadable body", method: "POST", path: "/api/users/login", status: 400, body: "\u00ff" },
  { kind: "a large body", method: "POST", path: "/api/users/login", status: 413, body: "x".repeat(70_000) },
] as const;

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  ({ token } = await signUp(server));
});
afterAll(() => server.close());

async function answerTo(kind: (typeof ANSWERS)[number], origin?: string): Promise<RawAnswer> {
  const { method, path, status } = kind;
  const answer = await sendRaw(server, {
    method,
    path,
    headers: {
      ...(origin !== undefined && { Origin: origin }),
      ...("withToken" in kind && { Authorization: `Bearer ${token}` }),
    },
    ...("body" in kind && { body: Buffer.from(kind.body, "latin1") }),
  });
  expect(answer.status).toBe(status);
  return answer;
}

describe.each(["http://localhost:3000", "http://localhost:5173"])(
  "from %s, allowed by default,",
  (origin) => {
    it.each(ANSWERS)("$kind echoes the origin, with Vary and credentials", async (kind) => {
      const { headers } = await answerTo(kind, origin);
      expect(headers["access-control-allow-origin"]).toBe(origin);
      expect(headers["access-control-allow-credentials"]).toBe("true");
      expect(headers.vary).toMatch(/\borigin\b/i);
    });

    it("a preflight is let through, with what the frontends send", async () => {
      for (const path of ["/api/users/refresh_token", "/api/auth/login"]) {
        const answer = await sendRaw(server, {
          method: "OPTIONS",
          path,
          headers: { Origin: origin, ...PREFLIGHT },
        });
        expect(answer.status).toBe(200);
        expect(answer.headers["access-control-allow-origin"]).toBe(origin);
        expect(answer.headers["access-control-allow-credentials"]).toBe("true");
        expect(answer.headers["access-control-allow-methods"]?.split(/, */)).toEqual(
          expect.arrayContaining(["GET", "POST"]),
        );
        const allowed = answer.headers["access-control-allow-headers"]?.toLowerCase().split(/, */);
        expect(allowed).toEqual(expect.arrayContaining(["authorization", "content-type", "idempotency-key"]));
        expect(answer.headers.vary).toMatch(/\borigin\b/i);
      }
    });

    it("a preflight is let through for every method and header that any path takes", async () => {
      const asked = { ...PREFLIGHT, "Access-Control-Request-Method": "PATCH" };
      const headers = { Origin: origin, ...asked };
      const answer = await sendRaw(server, { method: "OPTIONS", path: "/api/v1/anything", headers });
      expect(answer.status).toBe(200);
      expect(answer.headers["access-control-allow-methods"]?.split(/, */)).toEqual(
        expect.arrayContaining(["GET", "POST", "PATCH", "DELETE"]),
      );
      const allowed = answer.headers["access-control-allow-headers"]?.toLowerCase().split(/, */);
      expect(allowed).toEqual(expect.arrayContaining(["accept-language", "latchkey-device"]));
    });

    const allowedHeaders = async (asked: string) => {
      const headers = { Origin: origin, ...PREFLIGHT, "Access-Control-Request-Headers": asked };
      const answer = await sendRaw(server, { method: "OPTIONS", path: "/api/users/login", headers });
      expect(answer.status).toBe(200);
      return answer.headers["access-control-allow-headers"]?.split(", ") ?? [];
    };

    it("a preflight is let through with the headers of tracing libraries", async () => {
      const allowed = await allowedHeaders(
        "authorization, sentry-trace,baggage, x-requested-with,traceparent",
      );
      expect(allowed).toEqual(
        expect.arrayContaining([
          "Authorization",
          "sentry-trace",
          "baggage",
          "x-requested-with",
          "traceparent",
        ]),
      );
      // Each name once.
      expect(new Set(allowed.map((name) => name.toLowerCase())).size).toBe(allowed.length);
    });

    it("a preflight names only headers that can exist, and not more than a page needs", async () => {
      const usual = await allowedHeaders("");
      for (const asked of [
        "a b",
        "x\u00a0y",
        '"x"',
        "x;y",
        "x:y",
        "(x)",
        "x".repeat(65),
        ",,, ,",
        "{}",
        "\u00e9",
      ])
        expect(await allowedHeaders(asked), asked).toEqual(usual);
      const many = await allowedHeaders(Array.from({ length: 1000 }, (_, i) => `x-${i}`).join(","));
      expect(many.length).toBe(usual.length + 32);
    });
  },
);

describe.each([
  "https://evil.example",
  "http://localhost:3001",
  "https://localhost:3000",
  "http://localhost:3000.evil.example",
  "http://LOCALHOST:3000",
  "null",
])("from %s, not allowed,", (origin) => {
  it.each(ANSWERS)("$kind is answered without the header", async (kind) => {
    const { headers } = await answerTo(kind, origin);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it("a preflight is not let through", async () => {
    const headers = { Origin: origin, ...PREFLIGHT };
    const answer = await sendRaw(server, { method: "OPTIONS", path: "/api/users/login", headers });
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(answer.headers).not.toHaveProperty("access-control-allow-methods");
  });
});

describe("without an Origin", () => {
  it.each(ANSWERS)("$kind names none", async (kind) => {
    expect((await answerTo(kind)).headers).not.toHaveProperty("access-control-allow-origin");
  });
});

describe("CORS_ORIGINS", () => {
  it("replaces the default", async () => {
    const origins = ["https://app.example.com", "https://other.example.com:8443"];
    const own = await startServer({ environment: { CORS_ORIGINS: origins.join(", ") } });
    const allowedFrom = async (Origin: string) =>
      (await send(own, "GET", "/api/me", { headers: { Origin } })).headers.get("access-control-allow-origin");
    try {
      for (const origin of origins) expect(await allowedFrom(origin)).toBe(origin);
      expect(await allowedFrom("http://localhost:3000")).toBeNull();
    } finally {
      await own.close();
    }
  });

  it.each([
    "tauri://localhost",
    "capacitor://localhost",
    "ionic://localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "app://.",
    "app://obsidian.md",
    "app://localhost:3000",
    "vscode-webview://1f8e0c2d3b4a",
  ])("lists origins of apps, which are compared as they are written: %s", async (origin) => {
    const own = await startServer({ environment: { CORS_ORIGINS: `https://app.example.com,${origin}` } });
    const preflight = async (Origin: string) =>
      (
        await sendRaw(own, {
          method: "OPTIONS",
          path: "/api/users/login",
          headers: { Origin, ...PREFLIGHT },
        })
      ).headers["access-control-allow-origin"];
    try {
      expect(await preflight(origin)).toBe(origin);
      for (const other of [
        "null",
        `${origin}/`,
        `${origin}.evil`,
        origin.replace(":", "x:"),
        origin.toUpperCase(),
      ])
        expect(await preflight(other), other).toBeUndefined();
    } finally {
      await own.close();
    }
  });
});
