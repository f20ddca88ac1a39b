import { isLatchkeyError, safe } from "@latchkey/client";
import { createQueries } from "@latchkey/client/query";
import { type CookieToSet, createServerClient, type ServerClientOptions } from "@latchkey/client/server";
import { QueryClient } from "@tanstack/react-query";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieSetBy, DEVICE_COOKIE } from "../../packages/client/src/set-cookie.js";
import { SESSION_COOKIE } from "../../packages/guard/src/credentials.js";
import { codeNow } from "../support/factors.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";

const FIRST_MINUTES = 24 * 60;
/** The deployment's own secret. */
const SECRET = "Yb4zK8nQ2vT6wR1xD9mC5hL3jF7gS0pA";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { COOKIE_SESSIONS: "on" } });
});
afterAll(() => server.close());

/** A browser's request being answered: the cookies that it sent, and those that its answer sets. */
function openRequest(cookie?: string, options: Partial<ServerClientOptions> = {}) {
  const set: CookieToSet[] = [];
  const sent: { readonly url: string; readonly headers: Headers }[] = [];
  const client = createServerClient({
    url: server.url,
    secret: SECRET,
    cookies: {
      getAll: async () => [
        { name: "theme", value: "dark" },
        ...(cookie === undefined ? [] : [{ name: SESSION_COOKIE, value: cookie }]),
      ],
      setAll: (cookies) => void set.push(...cookies),
    },
    fetch(url, init) {
      sent.push({ url, headers: new Headers(init.headers) });
      return fetch(url, init);
    },
    ...options,
  });
  return { ...client, set, sent, paths: () => sent.map(({ url }) => url.replace(/^.*\/trpc\//, "")) };
}

/** The same in a framework that allows no cookie to be set. */
const openRender = (cookie: string) =>
  openRequest(cookie, { cookies: { getAll: () => [{ name: SESSION_COOKIE, value: cookie }] } });

/** Signs up through a rendering server; resolves to what the browser keeps. */
async function signUp() {
  const { rpc, set } = openRequest();
  const email = freshEmail();
  const { user } = await rpc.auth.register.mutate({ username: email, email, password: PASSWORD });
  const [cookie] = set;
  return { user, cookie: cookie?.value ?? "", set };
}

describe("a client for one rendered request", () => {
  it("puts the token of a sign-in into the answer's cookie, and nowhere else", async () => {
    const { cookie, set, user } = await signUp();
    expect(cookie).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    const options = { path: "/", httpOnly: true, secure: true, sameSite: "lax", maxAge: 7 * 24 * 3600 };
    expect(set).toEqual([{ name: "__Host-latchkey", value: cookie, options }]);
    const { rpc } = openRequest();
    const again = await rpc.auth.login.mutate({ username: user.email, password: PASSWORD });
    expect(again).toEqual({ token: "", user });
  });

  it("acts with the session in the browser's cookie", async () => {
    const { user, cookie } = await signUp();
    const { getUser, rpc, set } = openRequest(cookie);
    expect((await getUser()).data).toEqual(user);
    expect((await rpc.users.me.query()).email).toBe(user.email);
    expect(set).toEqual([]);
  });

  it("takes the session from the one cookie with its exact name", async () => {
    const { user, cookie } = await signUp();
    const { cookie: other } = await signUp();
    const own = { name: SESSION_COOKIE, value: cookie };
    const userWith = async (...given: readonly { name: string; value: string }[]) => {
      const { getUser } = openRequest(undefined, { cookies: { getAll: () => given } });
      return (await getUser()).data;
    };
    for (const name of [
      `\u00a0${SESSION_COOKIE}`,
      ` ${SESSION_COOKIE}`,
      SESSION_COOKIE.toUpperCase(),
      "latchkey",
    ])
      expect(await userWith({ name, value: other }), name).toBeNull();
    expect(await userWith({ name: `\u00a0${SESSION_COOKIE}`, value: other }, own)).toEqual(user);
    expect(await userWith(own, { ...own, value: other })).toBeNull();
    expect(await userWith({ ...own, value: `a; ${SESSION_COOKIE}=${cookie}` })).toBeNull();
  });

  it.each([
    ["after cookies of a proxy", ["lb=a, b", "__Host-latchkey=OWN; Max-Age=60"], "OWN"],
    ["not from another cookie's value", [`lb=1,__Host-latchkey=NOT; Max-Age=5`], undefined],
    ["not under a name that only resembles it", ["\u00a0__Host-latchkey=NOT; Max-Age=5"], undefined],
  ])("reads the answer's cookie: %s", async (_, cookies, expected) => {
    const answer = new Response("{}", {
      headers: cookies.map((value) => ["Set-Cookie", value] as [string, string]),
    });
    expect(cookieSetBy(answer)?.value).toBe(expected);
  });

  it.each([undefined, ""])("sends no request for visitors without a cookie: %j", async (cookie) => {
    const { getUser, sent } = openRequest(cookie);
    expect((await getUser()).error?.code).toBe("TOKEN_MISSING");
    expect(sent).toEqual([]);
  });

  it("deletes the cookie at sign-out", async () => {
    const { cookie } = await signUp();
    const { rpc, set, getUser } = openRequest(cookie);
    await rpc.users.logout.mutate();
    const options = { maxAge: 0, expires: new Date(0) };
    expect(set).toMatchObject([{ name: SESSION_COOKIE, value: "", options }]);
    expect((await getUser()).error?.code).toBe("TOKEN_MISSING");
    expect((await send(server, "GET", "/api/users/me", { token: cookie })).status).toBe(401);
  });

  it("keeps a trusted device in a cookie of its own, and sends it along", async () => {
    const { user, cookie } = await signUp();
    const own = openRequest(cookie).rpc;
    const { id, secret } = await own.totp.begin.mutate({ name: "My phone" });
    await own.totp.confirm.mutate({ id, code: codeNow(server, secret) });
    const account = { username: user.email, password: PASSWORD };
    const [, error] = await safe(openRequest().rpc.auth.login.mutate(account));
    if (!isLatchkeyError(error) || error.data.appCode !== "FACTOR_REQUIRED") throw error;
    const { rpc, set } = openRequest();
    server.clock.advance({ seconds: 30 });
    const factor = { kind: "totp" as const, code: codeNow(server, secret) };
    const { ticket } = error.data.next;
    const signedIn = await rpc.signIn.factor.mutate({ ticket, factor, trustDevice: true });
    expect(signedIn).toMatchObject({ token: "", trustedDevice: "" });
    const device = set.find(({ name }) => name === DEVICE_COOKIE);
    expect(device?.options).toMatchObject({ path: "/", httpOnly: true, secure: true, sameSite: "lax" });
    const { rpc: later } = openRequest(undefined, {
      cookies: { getAll: () => [{ name: DEVICE_COOKIE, value: device?.value ?? "" }], setAll: () => {} },
    });
    expect((await later.auth.login.mutate(account)).user).toEqual(user);
  });

  it("prefetches for TanStack Query", async () => {
    const { user, cookie } = await signUp();
    const queries = createQueries(openRequest(cookie));
    const profile = await new QueryClient().fetchQuery(queries.users.me.queryOptions());
    expect(profile.email).toBe(user.email);
  });

  it("sends the headers that describe the browser", async () => {
    const { cookie } = await signUp();
    const { getUser, sent } = openRequest(cookie, { headers: { "User-Agent": "Browser/1" } });
    await getUser();
    expect(sent[0]?.headers.get("user-agent")).toBe("Browser/1");
  });

  it("says that a session cannot begin at a server that keeps none in cookies", async () => {
    const off = await startServer();
    const { rpc, set } = openRequest(undefined, { url: off.url });
    const account = { username: "ada", email: "ada@example.com", password: PASSWORD };
    expect(String((await safe(rpc.auth.register.mutate(account)))[1])).toContain("COOKIE_SESSIONS=off");
    expect(set).toEqual([]);
    await off.close();
  });

  it("says that a session cannot begin where no cookie can be set", async () => {
    const { user } = await signUp();
    const { rpc } = openRender("");
    const login = safe(rpc.auth.login.mutate({ username: user.email, password: PASSWORD }));
    expect(String((await login)[1])).toContain("pass setAll");
  });
});

describe("a client without a secret", () => {
  it.each([undefined, "", "too short to be one"])("is refused: %j", (secret) => {
    // Safe: a variable of the environment that is not set.
    const options = { url: server.url, cookies: { getAll: () => [] }, secret: secret as string };
    expect(() => createServerClient(options)).toThrow("needs a `secret` of at least 32 characters");
  });
});

describe("an expired session", () => {
  it("is refreshed for the answer's cookie, once for all calls of the request", async () => {
    const { user, cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const { rpc, getUser, set, paths } = openRequest(cookie);
    const [first, second] = await Promise.all([rpc.users.me.query(), getUser()]);
    expect([first.email, second.data?.email]).toEqual([user.email, user.email]);
    expect(set).toHaveLength(1);
    expect(paths().filter((path) => path === "users.refreshToken")).toHaveLength(1);
    expect((await openRequest(set[0]?.value).getUser()).data).toEqual(user);
  });

  it("gets one successor from concurrent renders", async () => {
    const { user, cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const renders = Array.from({ length: 5 }, () => openRequest(cookie));
    const users = await Promise.all(renders.map(({ getUser }) => getUser()));
    expect(users.map(({ data }) => data)).toEqual(renders.map(() => user));
    expect(new Set(renders.map(({ set }) => set[0]?.value)).size).toBe(1);
    // And one that comes a little later with the old cookie.
    expect((await openRequest(cookie).getUser()).data).toEqual(user);
  });

  it("is not followed by a thief who knows the token but not the secret", async () => {
    const { cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const { getUser, set } = openRequest(cookie);
    expect((await getUser()).error).toBeNull();
    const [successor] = set;
    server.clock.advance({ seconds: 11 });
    // What every version without a secret computed.
    const thief = openRequest(cookie, { secret: "latchkey".padEnd(32) });
    expect((await thief.getUser()).error?.code).toBe("TOKEN_EXPIRED");
    expect(thief.set).toMatchObject([{ value: "" }]);
    // The theft was detected: the session is over for its owner too.
    expect((await openRequest(successor?.value).getUser()).error?.code).toBe("TOKEN_INVALID");
  });

  it("is not refreshed where no cookie can be set, and waits for the browser", async () => {
    const { user, cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const { getUser, paths } = openRender(cookie);
    expect((await getUser()).error?.code).toBe("TOKEN_EXPIRED");
    expect(paths()).toEqual(["auth.verify"]);
    expect((await openRequest(cookie).getUser()).data).toEqual(user);
  });

  it("sends no secret other than the cookie", async () => {
    const { cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const bodies: unknown[] = [];
    const { getUser } = openRequest(cookie, {
      fetch(url, init) {
        bodies.push([url, init.body]);
        return fetch(url, init);
      },
    });
    await getUser();
    const text = JSON.stringify(bodies);
    expect(text).toMatch(/\{\\"idempotencyKey\\":\\"[0-9a-f]{64}\\"\}/);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(cookie.split(".")[2]);
  });

  it("is distinguished from an ended one, whose cookie is deleted", async () => {
    const { cookie } = await signUp();
    server.clock.advance({ days: 8 });
    const { getUser, set } = openRequest(cookie);
    expect((await getUser()).error?.code).toBe("TOKEN_EXPIRED");
    expect(set).toMatchObject([{ value: "" }]);
  });

  it("is kept if the server cannot be reached", async () => {
    const { user, cookie } = await signUp();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const { getUser, set } = openRequest(cookie, {
      fetch: (url, init) =>
        url.includes("refresh") ? Promise.reject(new TypeError("down")) : fetch(url, init),
    });
    expect((await getUser()).error?.code).toBe("NETWORK");
    expect(set).toEqual([]);
    expect((await openRequest(cookie).getUser()).data).toEqual(user);
  });
});
