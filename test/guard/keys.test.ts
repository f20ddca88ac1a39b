import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newOperator } from "../server/cli/command.js";
import { login, signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";
import { decode, encode, judge, partsOf, watchedGuard } from "./asking.js";

const startMs = Date.now();
const MINUTE_MS = 60_000;

let server: TestServer;
let token: string;
let email: string;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: startMs });
  server = await startServer({
    clock: frozenClock(startMs),
    environment: { ACCESS_TOKEN_MINUTES: "1440" },
  });
  ({ token, email } = await signUp(server));
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

/** The token as if another key had signed it. */
const namingKey = (kid: string) => {
  const [header, ...rest] = partsOf(token);
  return [encode({ ...decode(header), kid }), ...rest].join(".");
};

describe("the server's keys", () => {
  it("are read once, when the first token arrives", async () => {
    const { guard, urls } = watchedGuard({ url: server.url });
    expect(urls).toEqual([]);
    const callers = await Promise.all(Array.from({ length: 50 }, () => judge(guard, token)));
    expect(new Set(callers.map((caller) => JSON.stringify(caller))).size).toBe(1);
    expect(await judge(guard, token)).toHaveProperty("id");
    expect(urls).toEqual([`${server.url}/.well-known/jwks.json`]);
  });

  it("are read again when a token names a new one", async () => {
    const operator = await newOperator(server.databasePath);
    const { guard, urls } = watchedGuard({ url: server.url });
    expect(await judge(guard, token)).toHaveProperty("id");
    const { kid } = await operator.json(["keys", "rotate"]);
    server.clock.advance({ seconds: 30 });
    const newToken = await login(server, email);
    expect(decode(partsOf(newToken)[0]).kid).toBe(kid);
    vi.setSystemTime(startMs + 30_000);
    for (const each of [newToken, token, newToken]) expect(await judge(guard, each)).toHaveProperty("id");
    expect(urls).toHaveLength(2);
    await operator.leave();
  });

  it("are read again for a new one although the clock was set back", async () => {
    const operator = await newOperator(server.databasePath);
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: startMs });
    const { guard, urls } = watchedGuard({ url: server.url });
    vi.setSystemTime(startMs + 600 * MINUTE_MS);
    expect(await judge(guard, token)).toHaveProperty("id");
    vi.setSystemTime(startMs);
    await operator.json(["keys", "rotate"]);
    server.clock.advance({ seconds: 30 });
    const newToken = await login(server, email);
    expect(await judge(guard, token)).toHaveProperty("id");
    vi.advanceTimersByTime(30_000);
    expect(await judge(guard, newToken)).toHaveProperty("id");
    expect(urls).toHaveLength(2);
    await operator.leave();
  });

  it("are requested at most once a second, however many unknown ones strangers name", async () => {
    const { guard, urls } = watchedGuard({ url: server.url });
    for (let second = 0; second < 3; second++) {
      const flood = Array.from({ length: 200 }, (_, index) => judge(guard, namingKey(`${second} ${index}`)));
      expect(new Set(await Promise.all(flood))).toEqual(new Set(["TOKEN_INVALID"]));
      expect(await judge(guard, token)).toHaveProperty("id");
      expect(urls).toHaveLength(second + 1);
      vi.setSystemTime(startMs + 1000 * (second + 1));
    }
  });

  it("keep verifying while the server is away, and an unknown key is then no reason for a permanent refusal", async () => {
    const { guard, urls, complaints } = watchedGuard({ url: server.url });
    expect(await judge(guard, token)).toHaveProperty("id");
    await server.close();
    expect(await judge(guard, token)).toHaveProperty("id");
    vi.setSystemTime(startMs + 60 * MINUTE_MS);
    expect(complaints).toEqual([]);
    expect(await judge(guard, token)).toHaveProperty("id");
    // It was tried once, and is not tried again with each request.
    expect([urls.length, complaints.length]).toEqual([2, 1]);
    expect(await judge(guard, token)).toHaveProperty("id");
    expect([urls.length, complaints.length]).toEqual([2, 1]);
    const flood = await Promise.all(Array.from({ length: 200 }, () => judge(guard, namingKey("other"))));
    expect(new Set(flood)).toEqual(new Set(["UNAVAILABLE"]));
    expect(urls).toHaveLength(2);
  });

  it("are read again in time by a clock that is set back by half a day: a new one, an old one, and one that was away", async () => {
    const operator = await newOperator(server.databasePath);
    const { guard, urls } = watchedGuard({ url: server.url });
    const aheadMs = startMs + 12 * 60 * MINUTE_MS;
    vi.setSystemTime(aheadMs);
    expect(await judge(guard, token)).toHaveProperty("id");
    await operator.json(["keys", "rotate"]);
    server.clock.advance({ seconds: 30 });
    const newToken = await login(server, email);
    vi.setSystemTime(startMs);
    vi.advanceTimersByTime(1000);
    expect(await judge(guard, newToken)).toHaveProperty("id");
    expect(urls).toHaveLength(2);
    vi.advanceTimersByTime(5 * MINUTE_MS);
    expect(await judge(guard, newToken)).toHaveProperty("id");
    expect(urls).toHaveLength(3);
    await operator.leave();

    let isAway = true;
    const { guard: late } = watchedGuard({
      url: server.url,
      fetch: (address, init) => fetch(isAway ? "http://127.0.0.1:9" : address, init),
    });
    vi.setSystemTime(aheadMs);
    expect(await judge(late, token)).toBe("UNAVAILABLE");
    isAway = false;
    vi.setSystemTime(startMs);
    vi.advanceTimersByTime(1000);
    expect(await judge(late, token)).toHaveProperty("id");
  });

  it("are read again when they are old, and a removed key no longer verifies", async () => {
    const other = await startServer({ clock: frozenClock(startMs) });
    let url = server.url;
    const { guard } = watchedGuard({
      url: server.url,
      fetch: (address, init) => fetch(address.replace(server.url, url), init),
    });
    expect(await judge(guard, token)).toHaveProperty("id");
    url = other.url;
    vi.setSystemTime(startMs + 5 * MINUTE_MS - 1);
    expect(await judge(guard, token)).toHaveProperty("id");
    vi.setSystemTime(startMs + 5 * MINUTE_MS);
    expect(await judge(guard, token)).toBe("TOKEN_INVALID");
    await other.close();
  });
});

describe("if something else answers", () => {
  /** A server that is not Latchkey. */
  async function stranger(listener: RequestListener) {
    const http = createServer(listener).listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo; // Safe: it listens on a port.
    const close = () => http.closeAllConnections();
    return { url: `http://127.0.0.1:${port}`, close: () => http.close(close) && close() };
  }

  it.each<[string, RequestListener]>([
    ["a page", (_, response) => response.end("<html>")],
    ["another document", (_, response) => response.end('{"keys":1}')],
    ["an error", (_, response) => response.writeHead(500).end("{}")],
    ["a redirect", (_, response) => response.writeHead(302, { Location: server.url }).end()],
    ["nothing but a broken connection", (_, response) => response.destroy()],
    [
      "an endless answer",
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write("[".repeat(16_384)));
        };
        response.on("drain", more);
        more();
      },
    ],
  ])("the guard reports that it cannot tell, and asks once a second: %s", async (_, listener) => {
    const { url, close } = await stranger(listener);
    const { guard, urls, complaints } = watchedGuard({ url });
    for (const second of [1, 2]) {
      const flood = await Promise.all(Array.from({ length: 20 }, () => judge(guard, token)));
      expect(new Set([...flood, await judge(guard, token)])).toEqual(new Set(["UNAVAILABLE"]));
      expect(urls).toHaveLength(second);
      vi.setSystemTime(startMs + 1000 * second);
    }
    expect(complaints).toHaveLength(42);
    close();
  });
});
