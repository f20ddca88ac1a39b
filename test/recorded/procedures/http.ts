import { isPostgresUrl } from "../../../apps/server/src/database/postgres/url.js";
import type { Chapter } from "../play.js";
import { bearer, call, get, post, preferring, signUp } from "../requests.js";
import type { WireRequest } from "../wire.js";

/** What `/api/v1` refuses before any procedure is called. */
export const v1Http: Chapter = {
  name: "v1-http",
  async play({ ask }) {
    const sent = (body: string | Uint8Array, type?: string): WireRequest => ({
      method: "POST",
      target: "/api/v1/recovery/request",
      headers: type === undefined ? [] : [["Content-Type", type]],
      body,
    });
    const zh = preferring("zh-CN");
    for (const [label, request] of Object.entries({
      "an unknown path": get("/api/v1/nothing"),
      "the prefix alone": get("/api/v1"),
      "the prefix with a slash": get("/api/v1/"),
      "another letter case": get("/api/v1/Account"),
      "a wrong method": call("/api/v1/account"),
      "a wrong method at a path with an id": get("/api/v1/sessions/x"),
      "an empty body": sent("", "application/json"),
      null: sent("null", "application/json"),
      "an array": sent("[]", "application/json"),
      "malformed JSON": sent('{\n "email": oops', "application/json"),
      "another content type": sent("{}", "text/plain"),
      "bytes that are not UTF-8": sent(Uint8Array.of(0xff), "application/json"),
      "a body too large": sent("x".repeat(70_000), "application/json"),
      "fields that are missing": sent("{}"),
    } satisfies Record<string, WireRequest>)) {
      await ask(label, request);
      await ask(`${label}, in Chinese`, { ...request, headers: [...(request.headers ?? []), zh] });
    }
  },
};

/** How `/api/v1` reads a path, who may read its answers, and what it says of a fault. */
export const v1Paths: Chapter = {
  name: "v1-paths",
  async play(stage) {
    const { ask, askAll, sql } = stage;
    const own = bearer(await signUp(stage, "ana@example.com"));
    const zh = preferring("zh-CN");
    const origin = ["Origin", "http://localhost:3000"] as const;
    await askAll({
      "a trailing slash": get("/api/v1/account/", own),
      "an escape in the path": get("/api/v1/%61ccount", own),
      "a bad escape in an id": { method: "DELETE", target: "/api/v1/sessions/%zz", headers: [own] },
      "an empty id": { method: "DELETE", target: "/api/v1/sessions/", headers: [own] },
      "an escaped slash in an id": { method: "DELETE", target: "/api/v1/sessions/a%2fb", headers: [own] },
      HEAD: { method: "HEAD", target: "/api/v1/account", headers: [own] },
      OPTIONS: { method: "OPTIONS", target: "/api/v1/account" },
      "a preflight": {
        method: "OPTIONS",
        target: "/api/v1/account",
        headers: [origin, ["Access-Control-Request-Method", "PATCH"]],
      },
      "from an allowed origin": get("/api/v1/account", own, origin),
      "from another origin": get("/api/v1/account", own, ["Origin", "https://evil.example"]),
      "a form": { ...post("/api/v1/account/confirm", undefined, own), body: "a=b" },
      life: get("/livez"),
      readiness: get("/readyz"),
      "no keys with a shared secret": get("/.well-known/jwks.json"),
      "a wrong method there": call("/livez"),
    });
    // With PostgreSQL, sessions are kept in memory as long as the log of changes says nothing of them.
    const table = isPostgresUrl(stage.server.databasePath) ? "changes" : "sessions";
    await sql(`ALTER TABLE ${table} RENAME TO lost`);
    await ask("a fault", get("/api/v1/account", own));
    await ask("a fault, in Chinese", get("/api/v1/account", own, zh));
    await ask("a fault over tRPC", get("/trpc/account.get", own));
  },
};

export const ownKeys: Chapter = {
  name: "jwks",
  environment: { JWT_SECRET: "" },
  async play({ ask }) {
    await ask("the public keys", get("/.well-known/jwks.json"));
    await ask("HEAD", { method: "HEAD", target: "/.well-known/jwks.json" });
    await ask("for a page", get("/.well-known/jwks.json", ["Origin", "http://localhost:3000"]));
  },
};
