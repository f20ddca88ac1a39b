import type { Guard } from "@latchkey/guard";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { send, signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";
import { decode, encode, judge, partsOf, watchedGuard } from "./asking.js";

let server: TestServer;
let guard: Guard;
let urls: string[];
let token: string;
beforeEach(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  ({ guard, urls } = watchedGuard({ url: server.url, online: true }));
  ({ token } = await signUp(server));
});
afterEach(() => server.close());

const asked = () => urls.filter((url) => url === `${server.url}/api/auth/verify`).length;

describe("online", () => {
  it("refuses a token at the first request after its revocation", async () => {
    const offline = watchedGuard({ url: server.url }).guard;
    const caller = await judge(guard, token);
    expect(caller).toEqual(await judge(offline, token));
    await send(server, "POST", "/api/users/logout", { token });
    expect(await judge(guard, token)).toBe("TOKEN_INVALID");
    // This is the point of asking: a token by itself cannot know.
    expect(await judge(offline, token)).toEqual(caller);
    expect(asked()).toBe(2);
  });

  it("does not ask the server about tokens that it can refuse by itself", async () => {
    const [header, payload, signature] = partsOf(token);
    const forged = `${header}.${encode({ ...decode(payload), sub: "other" })}.${signature}`;
    expect(await judge(guard, forged)).toBe("TOKEN_INVALID");
    expect(await judge(guard, "x")).toBe("TOKEN_INVALID");
    expect(asked()).toBe(0);
  });

  it("refuses all callers while the server is away, and says that the token is not at fault", async () => {
    expect(await judge(guard, token)).toHaveProperty("id");
    await server.close();
    const { refusal } = await guard.check({ headers: { authorization: `Bearer ${token}` } });
    expect(refusal).toMatchObject({ status: 503, code: "UNAVAILABLE", retryAfterSeconds: 1 });
  });

  it.each([
    ["another account", 200, { success: true, data: { id: "other", username: "other" } }],
    ["no account", 200, { success: true, data: null }],
    ["null", 200, null],
    ["a page", 200, "<html>"],
    ["an answer that it is busy", 503, {}],
    ["an answer that there are too many", 429, {}],
    ["a redirect to another place", 302, {}],
  ])("refuses the caller if the answer is %s", async (_, status, body) => {
    const answering = watchedGuard({
      url: server.url,
      online: true,
      fetch: (url, init) =>
        url.endsWith("/verify")
          ? Promise.resolve(new Response(JSON.stringify(body), { status }))
          : fetch(url, init),
    });
    expect(await judge(answering.guard, token)).toBe("UNAVAILABLE");
    expect(String(answering.complaints[0])).not.toContain(token);
  });

  it("works with the shared secret too", async () => {
    const JWT_SECRET = "f3Jq9Zt7LwXb2VnR8kYd5HsC1mGpQe6T";
    const sharing = await startServer({ clock: frozenClock(Date.now()), environment: { JWT_SECRET } });
    const watched = watchedGuard({ url: sharing.url, secret: JWT_SECRET, online: true });
    const { token } = await signUp(sharing);
    expect(await judge(watched.guard, token)).toHaveProperty("id");
    await send(sharing, "POST", "/api/users/logout", { token });
    expect(await judge(watched.guard, token)).toBe("TOKEN_INVALID");
    expect(watched.urls).toEqual([`${sharing.url}/api/auth/verify`, `${sharing.url}/api/auth/verify`]);
    await sharing.close();
  });
});
