import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createGuard, type Guard } from "@latchkey/guard";
import { expressGuard } from "@latchkey/guard/express";
import { protect } from "@latchkey/guard/fetch";
import { authenticator, CallRefused } from "@latchkey/guard/trpc";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { type CreateHTTPContextOptions, createHTTPServer } from "@trpc/server/adapters/standalone";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessErrors, accountErrors, tokenErrors } from "../../packages/contracts/src/errors/account.js";
import { signInErrors } from "../../packages/contracts/src/errors/sign-in.js";
import { commonErrors } from "../../packages/contracts/src/kit/errors.js";
import { REFUSALS } from "../../packages/guard/src/refusal.js";
import { freePort } from "../support/port.js";
import { send } from "../support/rest.js";
import { hs256, watchedGuard } from "./asking.js";

const SECRET = "f3Jq9Zt7LwXb2VnR8kYd5HsC1mGpQe6T";
const guard = createGuard({ secret: SECRET });
const seconds = Math.floor(Date.now() / 1000);

/** A token as the server would sign it. */
function tokenOf(username: string, changes: object = {}): string {
  const claims = { sub: `id of ${username}`, username, sid: "s", jti: "j", iat: seconds, exp: seconds + 600 };
  return hs256({ alg: "HS256", typ: "JWT" }, { ...claims, ...changes }, SECRET);
}
const user = tokenOf("ada");
const admin = tokenOf("grace", { role: "admin" });
const strong = tokenOf("ada", { amr: ["pwd", "otp", "mfa"] });
const expired = tokenOf("ada", { exp: seconds - 1 });

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // Safe: it listens on a port.
}

/**
 * A backend with `/me` for callers, `/admin` for administrators, `/admin/deep` behind both checks, and `/strong` for
 * callers with a second factor, the last after a check without one.
 */
function expressApp(by: Pick<Guard, "check">) {
  const { requireCaller, requireRole, requireMfa, callerOf } = expressGuard(by);
  const app = express();
  app.get("/open", (request, response) => void response.json(callerOf(request)));
  app.get("/me", requireCaller, (request, response) => void response.json(callerOf(request)));
  app.use("/admin", requireRole("admin"));
  app.get("/admin", (request, response) => void response.json(callerOf(request)));
  app.get("/admin/deep", requireCaller, requireRole("admin"), (request, response) => {
    response.json(callerOf(request));
  });
  app.get(
    "/strong",
    requireCaller,
    requireMfa(),
    (request, response) => void response.json(callerOf(request)),
  );
  app.get("/strong/admin", requireMfa("admin"), (_request, response) => void response.json({}));
  app.use(((error, _request, response, _next) => {
    response.status(500).json({ error: String(error) });
  }) satisfies express.ErrorRequestHandler);
  return app;
}

describe.each(["Express", "fetch"])("%s", (door) => {
  let url: string;
  let server: Server | undefined;
  beforeAll(async () => {
    const http = (await import("node:http")).createServer(expressApp(guard));
    server = http;
    url = await listen(http);
  });
  afterAll(() => server?.close());

  const fetchHandlers = {
    "/me": protect(guard, (_request, caller) => Response.json(caller)),
    "/admin": protect(guard, async (_request, caller) => Response.json(caller), { role: "admin" }),
    "/strong": protect(guard, (_request, caller) => Response.json(caller), { requires: "mfa" }),
    "/strong/admin": protect(guard, () => Response.json({}), { role: "admin", requires: "mfa" }),
  };
  const get = async (path: keyof typeof fetchHandlers, token?: string) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response =
      door === "fetch"
        ? await fetchHandlers[path](new Request(`https://notes.example.com${path}`, { headers }))
        : await fetch(url + path, { headers });
    return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
  };

  it("serves callers, and serves administrators where only they are allowed", async () => {
    expect((await get("/me", user)).json).toMatchObject({ id: "id of ada", role: "user" });
    expect((await get("/me", admin)).json).toMatchObject({ id: "id of grace", role: "admin" });
    expect((await get("/admin", admin)).json).toMatchObject({ id: "id of grace", role: "admin" });
  });

  it.each([
    ["no token", undefined, "TOKEN_MISSING"],
    ["an expired one", expired, "TOKEN_EXPIRED"],
    ["a broken one", `${user}x`, "TOKEN_INVALID"],
  ])("answers 401 as the server does: %s", async (_, token, code) => {
    for (const path of ["/me", "/admin"] as const) {
      const { status, headers, json } = await get(path, token);
      expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      expect(headers.get("content-type")).toBe("application/json");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(json).toEqual({ error: { code, message: expect.any(String) } });
    }
  });

  it("answers 403 to users where only administrators are allowed", async () => {
    const { status, headers, json } = await get("/admin", user);
    expect([status, headers.get("www-authenticate"), json.error.code]).toEqual([403, null, "FORBIDDEN"]);
  });

  it("answers 403 to callers without a second factor where one is demanded", async () => {
    const { status, headers, json } = await get("/strong", user);
    expect([status, headers.get("www-authenticate"), json.error.code]).toEqual([
      403,
      null,
      "FACTOR_REQUIRED",
    ]);
    expect((await get("/strong", strong)).json).toMatchObject({
      id: "id of ada",
      amr: ["pwd", "otp", "mfa"],
    });
    expect((await get("/strong/admin", strong)).json.error.code).toBe("FORBIDDEN");
    expect((await get("/strong/admin", admin)).json.error.code).toBe("FACTOR_REQUIRED");
    expect((await get("/strong", undefined)).json.error.code).toBe("TOKEN_MISSING");
  });
});

describe("Express", () => {
  it("checks a request once, however many middlewares ask", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    let checks = 0;
    const counting: Pick<Guard, "check"> = {
      check(request, role) {
        checks++;
        return guard.check(request, role);
      },
    };
    const server = (await import("node:http")).createServer(expressApp(counting));
    const own = await listen(server);
    expect((await send({ url: own }, "GET", "/admin/deep", { token: admin })).status).toBe(200);
    expect(checks).toBe(1);
    expect((await send({ url: own }, "GET", "/open", { token: admin })).json.error).toContain(
      "requireCaller",
    );
    server.close();
    // There is no server at the Latchkey server's address.
    const away = (await import("node:http")).createServer(expressApp(watchedGuard({ url }).guard));
    const answer = await send({ url: await listen(away) }, "GET", "/me", { token: tokenOf("ada") });
    expect(answer.status).toBe(401);
    away.close();
  });
});

describe("tRPC", () => {
  const createContext = ({ req }: CreateHTTPContextOptions) => ({ authenticate: authenticator(guard, req) });
  const t = initTRPC.context<typeof createContext>().create({
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { ...shape.data, refused: error.cause instanceof CallRefused && error.cause.refusal.code },
    }),
  });
  const signedIn = t.procedure.use(async ({ ctx, next }) =>
    next({ ctx: { caller: await ctx.authenticate() } }),
  );
  const administrator = t.procedure.use(async ({ ctx, next }) =>
    next({ ctx: { caller: await ctx.authenticate("admin") } }),
  );
  const router = t.router({
    me: signedIn.query(({ ctx }) => ctx.caller),
    admin: administrator.query(({ ctx }) => ctx.caller.username),
    strong: signedIn.query(async ({ ctx }) => (await ctx.authenticate({ requires: "mfa" })).amr),
  });

  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createHTTPServer({ router, createContext });
    url = await listen(server);
  });
  afterAll(() => server.close());
  const client = (token?: string) =>
    createTRPCClient<typeof router>({
      links: [
        httpBatchLink({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }),
      ],
    });

  it("knows the caller of each call in a batch", async () => {
    const { me, admin: name } = client(admin);
    const [caller, username] = await Promise.all([me.query(), name.query()]);
    expect(caller).toMatchObject({ id: "id of grace", role: "admin", sessionId: "s" });
    expect(username).toBe("grace");
  });

  it("refuses with tRPC's codes and gives the server's own to the error formatter", async () => {
    const refused = (code: string, appCode: string) => ({ data: { code, refused: appCode } });
    await expect(client().me.query()).rejects.toMatchObject(refused("UNAUTHORIZED", "TOKEN_MISSING"));
    await expect(client(expired).me.query()).rejects.toMatchObject(refused("UNAUTHORIZED", "TOKEN_EXPIRED"));
    await expect(client(user).admin.query()).rejects.toMatchObject(refused("FORBIDDEN", "FORBIDDEN"));
    await expect(client(user).strong.query()).rejects.toMatchObject(refused("FORBIDDEN", "FACTOR_REQUIRED"));
    expect(await client(strong).strong.query()).toContain("mfa");
  });

  it("says so if the server is away", async () => {
    const away = watchedGuard({ url: `http://127.0.0.1:${await freePort()}`, secret: SECRET, online: true });
    const authenticate = authenticator(away.guard, { headers: { authorization: `Bearer ${user}` } });
    await expect(authenticate()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("a refusal", () => {
  it("has the status and the text of the server's own error", () => {
    const errors = { ...accessErrors, ...accountErrors, ...tokenErrors, ...signInErrors, ...commonErrors };
    for (const { code, status, message } of Object.values(REFUSALS))
      expect(errors[code]).toMatchObject({ status, message });
  });
});
