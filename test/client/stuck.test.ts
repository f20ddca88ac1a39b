import { createClient, createRpc } from "@latchkey/client";
import { createServerClient } from "@latchkey/client/server";
import { afterEach, describe, expect, it } from "vitest";
import { SESSION_COOKIE } from "../../packages/guard/src/credentials.js";
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

describe("the time limit of calls", () => {
  it.each([0, -1, Number.NaN])("must be positive: %j", async (timeoutMs) => {
    stuck = await openStuckServer();
    expect(() => createRpc({ url: stuck.url, timeoutMs })).toThrow(TypeError);
    expect(() => createClient({ url: stuck.url, timeoutMs })).toThrow(TypeError);
  });
});
