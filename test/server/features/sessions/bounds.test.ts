import { afterEach, describe, expect, it } from "vitest";
import { login, registerUser, send, signUp } from "../../../support/rest.js";
import { readRows } from "../../../support/rows.js";
import { startServer, type TestServer, type TestServerOptions } from "../../../support/server.js";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0).reverse()) await server.close();
});
const start = async (environment: Record<string, string>, options: TestServerOptions = {}) => {
  const server = await startServer({ ...options, environment });
  servers.push(server);
  return server;
};

const verify = async (server: TestServer, token: string) =>
  (await send(server, "GET", "/api/auth/verify", { token })).status;
const rows = (server: TestServer) =>
  readRows<{ last_seen_at: number }>(server.host, "SELECT last_seen_at FROM sessions");

describe("an idle session", () => {
  it("ends if a setting says so, also for refresh, and not while it is used", async () => {
    const server = await start({ SESSION_IDLE_MINUTES: "30" });
    const { email, token } = await signUp(server);
    for (let i = 0; i < 3; i++) {
      server.clock.advance({ minutes: 25 });
      expect(await verify(server, token)).toBe(200);
    }
    const idle = await login(server, email);
    server.clock.advance({ minutes: 32 });
    expect(await verify(server, idle)).toBe(401);
    expect((await send(server, "POST", "/api/users/refresh_token", { token: idle })).status).toBe(403);
    const fresh = await login(server, email);
    const listed = await send(server, "GET", "/api/v1/sessions", { token: fresh });
    expect(listed.json.sessions).toHaveLength(1);
  });

  it("does not end if no setting says so", async () => {
    const server = await start({ ACCESS_TOKEN_MINUTES: "10000" });
    const { token } = await signUp(server);
    server.clock.advance({ days: 6 });
    expect(await verify(server, token)).toBe(200);
  });

  it("is not ended while another process sees it, nor after a restart", async () => {
    const environment = { SESSION_IDLE_MINUTES: "30" };
    const first = await start(environment);
    const { token } = await signUp(first);
    first.clock.advance({ minutes: 29 });
    expect(await verify(first, token)).toBe(200);
    await first.app.close();
    const shared = { databasePath: first.databasePath, clock: first.clock };
    const second = await start(environment, shared);
    first.clock.advance({ minutes: 29 });
    expect(await verify(second, token)).toBe(200);
  });
});

describe("when a session was last seen", () => {
  it("is not written by any request, and is written when the server stops", async () => {
    const server = await start({});
    const { token } = await signUp(server);
    const signedInAtMs = server.clock.nowMs();
    server.clock.advance({ minutes: 5 });
    for (let i = 0; i < 20; i++) await verify(server, token);
    expect(await rows(server)).toEqual([{ last_seen_at: signedInAtMs }]);
    await server.app.close();
    expect(await rows(server)).toEqual([{ last_seen_at: server.clock.nowMs() }]);
  });
});

describe("a client that signs in forever", () => {
  it("keeps as many sessions as the setting says; those in use stay", async () => {
    const server = await start({ SESSIONS_PER_USER: "3" });
    const email = await registerUser(server);
    const tokens = [await login(server, email)];
    const [first = ""] = tokens;
    for (let i = 0; i < 5; i++) {
      server.clock.advance({ minutes: 2 });
      expect(await verify(server, first)).toBe(200);
      // As if a minute passed: last-seen times are written.
      await server.app.features.sessions.flushSeen();
      tokens.push(await login(server, email));
    }
    expect(await rows(server)).toHaveLength(3);
    const statuses = await Promise.all(tokens.map((token) => verify(server, token)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect([statuses[0], ...statuses.slice(-2)]).toEqual([200, 200, 200]);
    const [, second = ""] = tokens;
    expect((await send(server, "POST", "/api/users/refresh_token", { token: second })).status).toBe(403);
  });

  it("loses as many at once as a lower setting requires, ended ones first, at the next request", async () => {
    const many = await start({ SESSIONS_PER_USER: "6" });
    const email = await registerUser(many);
    const tokens: string[] = [];
    for (let i = 0; i < 6; i++) {
      many.clock.advance({ minutes: 2 });
      tokens.push(await login(many, email));
    }
    await send(many, "POST", "/api/users/logout", { token: tokens[5] ?? "" });
    const few = await start(
      { SESSIONS_PER_USER: "3" },
      { databasePath: many.databasePath, clock: many.clock },
    );
    const live = tokens.slice(0, 5);
    for (const token of live) expect(await verify(few, token)).toBe(200);
    await login(few, email);
    expect(await rows(few)).toHaveLength(3);
    expect(await Promise.all(live.map((token) => verify(few, token)))).toEqual([401, 401, 401, 200, 200]);
  });
});

it("is kept with whole milliseconds, whatever fractions of minutes and days the settings have", async () => {
  const server = await start({ REFRESH_WINDOW_MINUTES: "0.123456", SESSION_MAX_DAYS: "0.0123456789" });
  await signUp(server);
  const [ends] = await readRows(server.host, "SELECT token_ends_at, expires_at FROM sessions");
  for (const endsAtMs of Object.values(ends ?? {})) expect(endsAtMs).toSatisfy(Number.isInteger);
  expect(ends).toBeDefined();
});
