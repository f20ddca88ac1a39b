import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "@latchkey/contracts/api";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { createObserve } from "../../../apps/server/src/rpc/observe.js";
import { silentLog } from "../../../apps/server/src/world/log.js";
import { samplesOf } from "../../support/metrics.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { call } from "../../support/trpc.js";

const WATCHED = { MANAGEMENT_PORT: "0" };

/** The output of the management port. */
async function operator(server: TestServer, path: string, method = "GET") {
  const response = await fetch(`${server.managementUrl}${path}`, { method });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const scrape = async (server: TestServer) => samplesOf((await operator(server, "/metrics")).text);

/** What PostgreSQL's engine alone counts. */
const OF_POSTGRES = /^latchkey_database_(look|lane|pool|cursor)_/;

/** What `act` adds to the samples. An answer is counted a moment after it has arrived. */
async function added(server: TestServer, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scrape(server);
  await act();
  await sleep(20);
  const after = await scrape(server);
  const rises = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(
    rises.filter(
      ([name, rise]) =>
        name.startsWith("latchkey_") &&
        !/_(sum|bucket)\b/.test(name) &&
        !OF_POSTGRES.test(name) &&
        rise !== 0,
    ),
  );
}

describe("metrics", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment: WATCHED });
  });
  afterAll(() => server.close());

  it("count registrations and logins by their outcome", async () => {
    const rises = await added(server, async () => {
      const email = await registerUser(server);
      await login(server, email);
      await login(server, email);
      await send(server, "POST", "/api/users/login", { json: { email, password: "wrong" } });
      await send(server, "POST", "/api/auth/login", { json: { username: email, password: PASSWORD } });
      await send(server, "POST", "/api/users/login", { json: {} });
    });
    expect(rises).toEqual({
      'latchkey_calls_total{procedure="users.register",code="OK"}': 1,
      'latchkey_calls_total{procedure="users.login",code="OK"}': 2,
      'latchkey_calls_total{procedure="users.login",code="INVALID_CREDENTIALS"}': 1,
      'latchkey_calls_total{procedure="users.login",code="INVALID_INPUT"}': 1,
      'latchkey_calls_total{procedure="auth.login",code="OK"}': 1,
      'latchkey_call_duration_seconds_count{procedure="users.register"}': 1,
      'latchkey_call_duration_seconds_count{procedure="users.login"}': 4,
      'latchkey_call_duration_seconds_count{procedure="auth.login"}': 1,
      'latchkey_http_requests_total{route="/api/users/register",status="200"}': 1,
      'latchkey_http_requests_total{route="/api/users/login",status="200"}': 2,
      'latchkey_http_requests_total{route="/api/users/login",status="400"}': 1,
      'latchkey_http_requests_total{route="/api/users/login",status="422"}': 1,
      'latchkey_http_requests_total{route="/api/auth/login",status="200"}': 1,
      'latchkey_hash_duration_seconds_count{operation="hash"}': 1,
      'latchkey_hash_duration_seconds_count{operation="verify"}': 4,
      latchkey_hash_wait_seconds_count: 5,
    });
  });

  it("distinguish a repeated exchange from a reused token, and that from a theft", async () => {
    const email = await registerUser(server);
    const exchange = (token: string, headers: Record<string, string> = {}) =>
      send(server, "POST", "/api/users/refresh_token", { token, headers });
    const keyed = { "Idempotency-Key": "0123456789abcdef" };
    const rises = await added(server, async () => {
      const token = await login(server, email);
      await exchange(token, keyed);
      await exchange(token, keyed);
      await exchange(token);
      server.clock.advance({ seconds: 11 });
      await exchange(token);
    });
    expect(rises).toMatchObject({
      'latchkey_calls_total{procedure="users.refreshToken",code="OK"}': 2,
      'latchkey_calls_total{procedure="users.refreshToken",code="REFRESH_REJECTED"}': 1,
      'latchkey_calls_total{procedure="users.refreshToken",code="SESSION_STOLEN"}': 1,
      'latchkey_session_events_total{event="repeated"}': 1,
      'latchkey_session_events_total{event="reused"}': 2,
      'latchkey_session_events_total{event="stolen"}': 1,
    });
  });

  it("count the sessions that a change of password ends", async () => {
    const email = await registerUser(server);
    await login(server, email);
    await login(server, email);
    const json = { email, old_password: PASSWORD, new_password: PASSWORD };
    const rises = await added(server, () => send(server, "POST", "/api/users/reset_password", { json }));
    expect(rises).toMatchObject({ 'latchkey_session_events_total{event="revoked"}': 2 });
  });

  it("count a call through tRPC and through REST as the same procedure", async () => {
    const rises = await added(server, async () => {
      await call(server, "query", "users.me");
      await send(server, "GET", "/api/users/me");
      await send(server, "GET", "/api/me/");
      await send(server, "GET", "/api/%75sers/me");
    });
    expect(rises).toEqual({
      'latchkey_calls_total{procedure="users.me",code="TOKEN_MISSING"}': 4,
      'latchkey_call_duration_seconds_count{procedure="users.me"}': 4,
      'latchkey_http_requests_total{route="/trpc",status="401"}': 1,
      'latchkey_http_requests_total{route="/api/users/me",status="401"}': 2,
      'latchkey_http_requests_total{route="/api/me",status="401"}': 1,
    });
  });

  it("have no label that a client wrote, however it tries", async () => {
    const provoke = async (mark: string) => {
      const headers = { Origin: `http://${mark}`, "User-Agent": mark, "X-Forwarded-For": mark };
      const json = { email: `${mark}@example.com`, username: mark, password: mark, [mark]: mark };
      for (const { rest } of Object.values({ ...api.users, ...api.auth })) {
        await send(server, rest.method, `${rest.path}?${mark}`, {
          token: mark,
          headers,
          ...(rest.method === "POST" && { json }),
        });
        await send(server, "PUT", rest.path, { headers, json });
      }
      for (const path of [
        `/${mark}`,
        `/api/users/${mark}`,
        `/docs/${mark}`,
        `/trpc/${mark}`,
        `/%zz${mark}`,
      ]) {
        await fetch(`${server.url}${path}`, { headers });
      }
      await call(server, "mutation", `users.${mark}`, { input: json });
      await sleep(20);
      return (await operator(server, "/metrics")).text;
    };
    const first = await provoke("mark1q7");
    const second = await provoke("mark2q7");
    expect(first + second).not.toMatch(/mark\dq7/i);
    const names = (text: string) =>
      [...samplesOf(text).keys()].filter((name) => name.startsWith("latchkey_"));
    expect(names(second)).toEqual(names(first));
  });

  it("show the queue, the health and Node itself", async () => {
    const samples = await scrape(server);
    const { latchkey_ready, latchkey_database_up, latchkey_hash_waiting, latchkey_hash_running } =
      Object.fromEntries(samples);
    expect({ latchkey_ready, latchkey_database_up, latchkey_hash_waiting, latchkey_hash_running }).toEqual({
      latchkey_ready: 1,
      latchkey_database_up: 1,
      latchkey_hash_waiting: 0,
      latchkey_hash_running: 0,
    });
    expect([...samples.keys()]).toContain("nodejs_eventloop_lag_p99_seconds");
    expect([...samples.keys()]).toContain("process_resident_memory_bytes");
  });

  it("observe the event loop only while there are requests, so that an idle server does not wake up", async () => {
    const idle = await startServer({ environment: WATCHED });
    const slowest = async () => (await scrape(idle)).get("nodejs_eventloop_lag_max_seconds");
    expect(await slowest()).toBe(0);
    await send(idle, "GET", "/livez");
    await expect.poll(slowest).toBeGreaterThan(0);
    await idle.close();
  });

  it("include all that the dashboard names", async () => {
    const file = new URL("../../../apps/docs/ops/grafana-dashboard.json", import.meta.url);
    const dashboard: Dashboard = JSON.parse(readFileSync(file, "utf8"));
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(10);
    const named = expressions.flatMap((expr) => expr.match(/\b(latchkey|nodejs|process)_[a-z0-9_]+/g) ?? []);
    const watching = await startServer({ environment: { ...WATCHED, REDIS_URL: inject("redisUrl") } });
    const { text } = await operator(watching, "/metrics");
    await watching.close();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    const known = types.flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    // Those of PostgreSQL are there only if the run is on it.
    const isHere = (name: string) => inject("engine") === "postgres" || !OF_POSTGRES.test(name);
    expect(named.filter((name) => isHere(name) && !known.includes(name))).toEqual([]);
    const own = known.filter((name) => /^latchkey_/.test(name) && !/_(sum|count)$/.test(name));
    expect(own.filter((name) => !named.includes(name))).toEqual([]);
  });
});

interface Dashboard {
  readonly panels: ReadonlyArray<{ readonly targets?: ReadonlyArray<{ readonly expr: string }> }>;
}

describe("the management port", () => {
  const opened: TestServer[] = [];
  const start = async (environment: Record<string, string> = WATCHED) => {
    const server = await startServer({ environment });
    opened.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of opened.splice(0)) await server.close();
  });

  it("is off by default, and then nothing is measured", async () => {
    const server = await start({});
    expect([server.managementUrl, server.host.metrics]).toEqual([undefined, undefined]);
    const endpoint = async () => undefined;
    const observe = createObserve({ log: silentLog, metrics: undefined });
    expect(observe("users.me", api.users.me, endpoint)).toBe(endpoint);
  });

  it("is the only one that shows metrics", async () => {
    for (const server of [await start(), await start({})]) {
      expect(await send(server, "GET", "/metrics")).toMatchObject({
        status: 404,
        text: '{"detail":"Not Found"}',
      });
    }
  });

  it("serves its three pages to GET and nothing else", async () => {
    const server = await start();
    expect((await operator(server, "/metrics")).headers.get("content-type")).toMatch(
      /^text\/plain; version=/,
    );
    expect((await operator(server, "/livez")).text).toBe('{"status":"ok"}');
    expect((await operator(server, "/readyz")).text).toBe('{"status":"ok","checks":{"database":"up"}}');
    expect((await operator(server, "/metrics", "POST")).status).toBe(405);
    for (const path of ["/", "/api/users/me", "/toString", "/metrics/"]) {
      expect((await operator(server, path)).status).toBe(404);
    }
  });

  it("answers HEAD like GET, without the body", async () => {
    const server = await start();
    for (const path of ["/metrics", "/livez", "/readyz"]) {
      const [get, head] = [await operator(server, path), await operator(server, path, "HEAD")];
      expect([head.status, head.text, head.headers.get("content-type")]).toEqual([
        200,
        "",
        get.headers.get("content-type"),
      ]);
    }
    for (const path of ["/livez", "/readyz"])
      expect(await send(server, "HEAD", path)).toMatchObject({ status: 200, text: "" });
    const refused = await operator(server, "/metrics", "POST");
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("answers only to names of this machine, so that no page can read it under a name of its own", async () => {
    const server = await start();
    const port = Number(new URL(server.managementUrl ?? "").port);
    const statusFor = (version: string, host?: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.once("data", (chunk) => {
          socket.destroy();
          resolve(chunk.toString("latin1").slice(9, 12));
        });
        const line = host === undefined ? "" : `Host: ${host}\r\n`;
        socket.write(`GET /metrics HTTP/${version}\r\n${line}\r\n`);
      });
    for (const name of [
      "localhost",
      "LOCALHOST",
      "a.localhost",
      "127.0.0.1",
      "[::1]",
      "127.1.2.3",
      "10.0.0.7",
    ])
      for (const host of [name, `${name}:${port}`]) expect(await statusFor("1.1", host), host).toBe("200");
    for (const name of [
      "evil.example",
      "localhost.evil.example",
      "evil-localhost",
      "127.0.0.1.evil.example",
      "a",
      "",
    ])
      for (const host of [name, `${name}:${port}`]) expect(await statusFor("1.1", host), host).toBe("421");
    // Load balancers check like this; browsers do not.
    expect(await statusFor("1.0")).toBe("200");
  });

  it("says that the server is not ready while it is stopping, as the main port does", async () => {
    const server = await start();
    server.app.startDraining();
    for (const answer of [await operator(server, "/readyz"), await send(server, "GET", "/readyz")]) {
      expect([answer.status, JSON.parse(answer.text).status]).toEqual([503, "draining"]);
    }
    expect((await scrape(server)).get("latchkey_ready")).toBe(0);
  });

  it("says that the server is not ready while its database is away, and keeps measuring", async () => {
    const server = await start();
    await server.host.database.close();
    for (const answer of [await operator(server, "/readyz"), await send(server, "GET", "/readyz")]) {
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        503,
        { status: "unavailable", checks: { database: "down" } },
      ]);
    }
    const samples = await scrape(server);
    expect([samples.get("latchkey_ready"), samples.get("latchkey_database_up")]).toEqual([0, 0]);
  });
});

describe("a proxy that no setting names", () => {
  const WARNING = "requests carry X-Forwarded-For but TRUST_PROXY names no proxy";
  const warnings = async (environment: Record<string, string>, headers: Record<string, string>) => {
    const server = await startServer({ environment });
    for (let i = 0; i < 3; i++) {
      await send(server, "GET", "/api/users/me", { headers });
      await call(server, "query", "users.me", { headers });
    }
    await server.close();
    return server.logLines.filter((line) => line.includes(WARNING)).map((line) => JSON.parse(line).level);
  };
  const forwarded = { "X-Forwarded-For": "203.0.113.7" };

  it("is warned of once", async () => {
    expect(await warnings({}, forwarded)).toEqual([40]);
  });

  it("is not warned of if there is none, or if a setting names it", async () => {
    expect(await warnings({}, {})).toEqual([]);
    expect(await warnings({ TRUST_PROXY: "1" }, forwarded)).toEqual([]);
    expect(await warnings({ TRUST_PROXY: "127.0.0.0/8" }, forwarded)).toEqual([]);
  });

  it("cannot put its text into the log", async () => {
    const server = await startServer();
    await send(server, "POST", "/api/users/login", {
      json: { email: freshEmail(), password: "x" },
      headers: { "X-Forwarded-For": "mark1q7" },
    });
    await server.close();
    expect(server.logLines.join("")).not.toContain("mark1q7");
  });
});
