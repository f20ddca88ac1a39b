import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createGuard, type Guard, type ServerOptions } from "@latchkey/guard";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FEED_KEY } from "../support/feed.js";
import { send, signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";
import { judge, watchedGuard } from "./asking.js";

const environment = { REVOCATION_FEED_KEY: FEED_KEY };

let server: TestServer;
let guards: Guard[];
let token: string;
beforeEach(async () => {
  server = await startServer({ environment, clock: frozenClock(Date.now()) });
  guards = [];
  ({ token } = await signUp(server));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const guard of guards) guard.close();
  await server.close();
});

const guardOf = (options: Partial<ServerOptions> = {}) => {
  const watched = watchedGuard({ url: server.url, feed: { key: FEED_KEY }, ...options } as ServerOptions);
  guards.push(watched.guard);
  const asked = () => watched.urls.filter((url) => url.endsWith("/api/auth/verify")).length;
  const connected = () => watched.urls.filter((url) => url.endsWith("/revocations")).length;
  return { ...watched, asked, connected };
};
/** A guard that has heard everything: it no longer asks. */
const following = async (options: Partial<ServerOptions> = {}) => {
  const watched = guardOf(options);
  await untilCurrent(watched);
  return watched;
};
const untilCurrent = ({ guard, asked }: ReturnType<typeof guardOf>) =>
  expect
    .poll(
      async () => {
        const before = asked();
        await judge(guard, token);
        return asked() - before;
      },
      { interval: 20, timeout: 10_000 },
    )
    .toBe(0);
const logout = (of: string) => send(server, "POST", "/api/users/logout", { token: of });
/** Moves the clocks that tell how long ago something was. */
const passSeconds = (seconds: number) => {
  const nowMs = Date.now();
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + seconds * 1000);
  vi.spyOn(Date, "now").mockImplementation(() => nowMs);
};
const becomes = (guard: Guard, of: string) =>
  expect.poll(() => judge(guard, of), { interval: 20, timeout: 5000 });

describe("a guard that follows the feed", () => {
  it("refuses a token soon after its session ended, without asking about any", async () => {
    const { guard, asked, connected } = await following();
    const before = asked();
    const { token: other } = await signUp(server);
    expect(await judge(guard, token)).toHaveProperty("id");
    await logout(token);
    await becomes(guard, token).toBe("TOKEN_INVALID");
    expect(await judge(guard, other)).toHaveProperty("id");
    expect([asked(), connected()]).toEqual([before, 1]);
  });

  it("knows what ended before it began", async () => {
    const { token: gone } = await signUp(server);
    await logout(gone);
    const { guard } = await following();
    expect(await judge(guard, gone)).toBe("TOKEN_INVALID");
  });

  it("connects when the first token arrives", async () => {
    const { urls, guard } = guardOf();
    await guard.check({ headers: {} });
    expect(urls).toEqual([]);
  });

  it.each([
    ["ask", "id", 1],
    [undefined, "id", 1],
    ["accept", "id", 0],
  ] as const)("before the feed has come, by onStale %s, judges a token", async (onStale, has, count) => {
    const { guard, asked } = guardOf({ feed: { key: FEED_KEY, onStale } });
    expect(await judge(guard, token)).toHaveProperty(has);
    expect(asked()).toBe(count);
  });

  it("before the feed has come, by onStale refuse, refuses all callers with UNAVAILABLE", async () => {
    const { guard, asked } = guardOf({ feed: { key: FEED_KEY, onStale: "refuse" } });
    expect(await judge(guard, token)).toBe("UNAVAILABLE");
    await becomes(guard, token).toHaveProperty("id");
    expect(asked()).toBe(0);
  });

  it.each([
    ["stands still", () => passSeconds(15)],
    [
      "is set back, and it slept meanwhile",
      () => {
        const nowMs = Date.now() + 20_000;
        vi.spyOn(Date, "now").mockImplementation(() => nowMs);
      },
    ],
  ])("asks again after 15 seconds without anything, even if one of its clocks %s", async (_, pass) => {
    const { guard, asked } = await following();
    const before = asked();
    pass();
    await judge(guard, token);
    expect(asked()).toBe(before + 1);
  });

  it("refuses everyone while the feed is stale and the server away, and complains once", async () => {
    const { guard, complaints } = await following();
    await server.close();
    // Until then it is sure of what it knows.
    expect(await judge(guard, token)).toHaveProperty("id");
    await expect.poll(() => complaints.length, { timeout: 10_000 }).toBe(1);
    passSeconds(15);
    expect(await judge(guard, token)).toBe("UNAVAILABLE");
    expect(complaints.map(String).join()).not.toContain(FEED_KEY);
  });

  it("resumes after the server was restarted, and misses nothing that ended meanwhile", async () => {
    const path = server.databasePath;
    const first = await startServer({ environment, clock: server.clock, databasePath: path });
    const proxy = await openProxy(first.port);
    const watched = await following({ url: proxy.url });
    const [{ token: one }, { token: two }] = [await signUp(server), await signUp(server)];
    await logout(one);
    await becomes(watched.guard, one).toBe("TOKEN_INVALID");
    await first.close();
    await logout(two);
    const again = await startServer({ environment, clock: server.clock, databasePath: path });
    proxy.port = again.port;
    await becomes(watched.guard, two).toBe("TOKEN_INVALID");
    expect(proxy.cursors.at(-1)).toMatch(/^\d+\.\d+$/);
    expect(proxy.cursors[0]).toBeUndefined();
    await again.close();
    await proxy.close();
  });

  it.each([
    ["a wrong key", { key: "w".repeat(40), path: "" }],
    ["no feed at that address", { key: FEED_KEY, path: "/elsewhere" }],
  ])("asks about each token with %s, and complains once", async (_, { key, path }) => {
    const { guard, asked, complaints, connected } = guardOf({
      feed: { key },
      fetch: (url, init) => fetch(path !== "" && url.endsWith("revocations") ? server.url + path : url, init),
    });
    await judge(guard, token);
    await expect.poll(() => complaints.length, { timeout: 5000 }).toBe(1);
    expect(await judge(guard, token)).toHaveProperty("id");
    expect([asked(), connected()].every((count) => count >= 0)).toBe(true);
  });

  it("is not current by what a proxy or a pause has held back: it connects again", async () => {
    const { guard, asked, connected } = await following();
    const before = asked();
    // As after a pause of the whole process: the next beat has waited in a buffer.
    passSeconds(16);
    server.clock.advance({ seconds: 5 });
    await expect.poll(connected, { timeout: 10_000 }).toBe(2);
    await judge(guard, token);
    expect(asked()).toBeGreaterThanOrEqual(before);
  });

  it("goes on after an event cut into pieces, and one that is no JSON", async () => {
    let broken = 0;
    const watched = await following({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (!url.endsWith("revocations") || response.body === null) return response;
        if (broken++ === 0) return new Response("id: 1.1\ndata: {oops\n\n");
        return new Response(response.body.pipeThrough(new TransformStream({ transform: bytewise })));
      },
    });
    await logout(token);
    await becomes(watched.guard, token).toBe("TOKEN_INVALID");
  });

  it("stops when it is closed", async () => {
    const { guard, connected } = await following();
    const before = connected();
    guard.close();
    server.app.startDraining();
    await new Promise((resolve) => server.app.server.close(resolve));
    expect(connected()).toBe(before);
  });

  it.each([
    ["without a url", { secret: "f3Jq9Zt7LwXb2VnR8kYd5HsC1mGpQe6T", feed: { key: FEED_KEY } }],
    ["together with online", { url: "http://localhost", online: true, feed: { key: FEED_KEY } }],
  ])("cannot be created %s", (_, options) => {
    expect(() => createGuard(options as unknown as ServerOptions)).toThrow(/feed/);
  });
});

function bytewise(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
  for (const byte of chunk) controller.enqueue(Uint8Array.of(byte));
}

interface Proxy {
  readonly url: string;
  port: number;
  /** The cursors of the connections to the feed. */
  readonly cursors: Array<string | undefined>;
  close(): Promise<void>;
}

/** An address that stays while servers come and go. */
async function openProxy(port: number): Promise<Proxy> {
  const cursors: Array<string | undefined> = [];
  const proxy: Server = createServer(async (request, response) => {
    const { accept = "", authorization = "", "last-event-id": cursor } = request.headers;
    if (request.url?.endsWith("revocations")) cursors.push(cursor?.toString());
    try {
      const headers = {
        accept,
        authorization,
        ...(cursor !== undefined && { "last-event-id": String(cursor) }),
      };
      const answer = await fetch(`http://127.0.0.1:${opened.port}${request.url}`, { headers });
      response.writeHead(answer.status);
      for await (const part of answer.body ?? []) response.write(part);
      response.end();
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const opened: Proxy = {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    port,
    cursors,
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
  return opened;
}
