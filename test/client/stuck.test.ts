import { type AppRouter, createClient, createRpc } from "@latchkey/client";
import { createTRPCClient, httpBatchLink } from "@latchkey/client/links";
import { createServerClient } from "@latchkey/client/server";
import { httpBatchStreamLink } from "@trpc/client";
import { afterEach, describe, expect, it } from "vitest";
import { SESSION_COOKIE } from "../../packages/guard/src/credentials.js";
import { startServer } from "../support/server.js";
import { openStuckServer, type StuckServer } from "../support/stuck.js";
import { deviceClock } from "./browser.js";

const HALF_AN_ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"result":';
const LOGIN = { username: "ada@example.com", password: "a password" };

let stuck: StuckServer;
afterEach(() => stuck.close());

describe.each([
  ["never answers", ""],
  ["never finishes its answer", HALF_AN_ANSWER],
])("a server that %s", (_, beginning) => {
  it("does not keep a rendering server waiting", async () => {
    stuck = await openStuckServer(beginning);
    const { getUser, rpc } = createServerClient({
      url: stuck.url,
      secret: "x".repeat(32),
      cookies: { getAll: () => [{ name: SESSION_COOKIE, value: "a.b.c" }], setAll: () => {} },
      timeoutMs: 50,
    });
    expect((await getUser()).error?.code).toBe("NETWORK");
    await expect(rpc.auth.login.mutate(LOGIN)).rejects.toThrow();
  });

  it("does not keep a user who signs in waiting", async () => {
    stuck = await openStuckServer(beginning);
    const clock = deviceClock();
    const client = createClient({ url: stuck.url, clock });
    const signingIn = client.signIn(LOGIN);
    await stuck.asked;
    clock.pass({ seconds: 30 });
    expect((await signingIn).error?.code).toBe("NETWORK");
    expect(clock.nextMs()).toBeUndefined();
    client.dispose();
  });

  it("does not keep a call of its procedures waiting, which its caller can end sooner", async () => {
    stuck = await openStuckServer(beginning);
    const clock = deviceClock();
    const rpc = createRpc({ url: stuck.url, timeoutMs: 5000, clock });
    const calls = [rpc.users.me.query(), rpc.users.me.query(undefined, { signal: AbortSignal.abort() })];
    await expect(calls[1]).rejects.toThrow();
    await stuck.asked;
    clock.pass({ seconds: 5 });
    await expect(calls[0]).rejects.toThrow();
  });
});

describe("a tRPC client of one's own over `client.link`", () => {
  it.each([
    ["never answers", ""],
    ["never finishes its answer", HALF_AN_ANSWER],
  ])("does not wait for a server that %s", async (_, beginning) => {
    stuck = await openStuckServer(beginning);
    const clock = deviceClock();
    const client = createClient({ url: stuck.url, timeoutMs: 5000, clock });
    const trpc = createTRPCClient<AppRouter>({ links: [httpBatchLink(client.link)] });
    const calls = [trpc.users.me.query(), trpc.users.me.query(undefined, { signal: AbortSignal.abort() })];
    const outcomes = Promise.allSettled(calls);
    await stuck.asked;
    clock.pass({ seconds: 5 });
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    client.dispose();
  });

  it("may take as long in each call, and leaves no timer behind", async () => {
    const server = await startServer();
    const clock = deviceClock();
    const client = createClient({ url: server.url, timeoutMs: 5000, clock });
    for (const link of [httpBatchLink(client.link), httpBatchStreamLink(client.link)]) {
      const trpc = createTRPCClient<AppRouter>({ links: [link] });
      for (let i = 0; i < 2; i++) {
        await expect(trpc.users.me.query()).rejects.toMatchObject({ data: { appCode: "TOKEN_MISSING" } });
        await new Promise((resolve) => setImmediate(resolve));
        expect(clock.nextMs()).toBeUndefined();
        clock.pass({ seconds: 4 });
      }
    }
    client.dispose();
    await server.close();
    stuck = await openStuckServer();
  });
});

describe("the time limit of calls", () => {
  it.each([0, -1, Number.NaN])("must be positive: %j", async (timeoutMs) => {
    stuck = await openStuckServer();
    expect(() => createRpc({ url: stuck.url, timeoutMs })).toThrow(TypeError);
    expect(() => createClient({ url: stuck.url, timeoutMs })).toThrow(TypeError);
  });
});
