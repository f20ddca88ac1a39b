import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { type Answer, login, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { TRUST_PROXY: "1" } });
});
afterAll(() => server.close());

interface Session {
  readonly id: string;
  readonly current: boolean;
}

const isAlive = async (token: string) =>
  (await send(server, "GET", "/api/auth/verify", { token })).status === 200;

/** REST and tRPC, with the same procedures. */
interface Door {
  readonly name: string;
  list(token?: string): Promise<{ status: number; sessions?: readonly Session[]; code?: string }>;
  end(token: string | undefined, id: string): Promise<{ status: number; code?: string }>;
  endOthers(token?: string): Promise<{ status: number; ended?: number }>;
  endAll(token?: string): Promise<{ status: number; ended?: number }>;
}

const withToken = (token: string | undefined) => (token === undefined ? {} : { token });
const plain = ({ status, json }: Answer) => ({ status, ...json, code: json?.error?.code });
const rest: Door = {
  name: "REST",
  list: async (token) => plain(await send(server, "GET", "/api/v1/sessions", withToken(token))),
  end: async (token, id) => plain(await send(server, "DELETE", `/api/v1/sessions/${id}`, withToken(token))),
  endOthers: async (token) =>
    plain(await send(server, "POST", "/api/v1/sessions/end-others", withToken(token))),
  endAll: async (token) => plain(await send(server, "POST", "/api/v1/sessions/end-all", withToken(token))),
};

const typed = async (
  kind: "query" | "mutation",
  path: string,
  token: string | undefined,
  input?: unknown,
) => {
  const { status, json } = await call(server, kind, path, { ...withToken(token), input });
  return { status, ...json.result?.data, code: json.error?.data.appCode };
};
const trpc: Door = {
  name: "tRPC",
  list: (token) => typed("query", "sessions.list", token),
  end: (token, id) => typed("mutation", "sessions.end", token, { id }),
  endOthers: (token) => typed("mutation", "sessions.endOthers", token),
  endAll: (token) => typed("mutation", "sessions.endAll", token),
};

describe.each([rest, trpc])("sessions over $name", ({ list, end, endOthers, endAll }) => {
  it("are listed with device, address, times, and which one is current", async () => {
    const email = await registerUser(server);
    const there = await send(server, "POST", "/api/users/login", {
      json: { email, password: "correct horse battery" },
      headers: { "User-Agent": FIREFOX, "X-Forwarded-For": "2001:DB8:0::1" },
    });
    server.clock.advance({ minutes: 5 });
    const here = await login(server, email);
    const { status, sessions } = await list(here);
    expect(status).toBe(200);
    expect(sessions?.map(({ current }) => current)).toEqual([true, false]);
    const createdAt = new Date(server.clock.nowMs() - 300_000).toISOString();
    expect(sessions?.[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      browser: "Firefox",
      system: "Linux",
      address: "2001:db8::1",
      methods: ["pwd"],
      createdAt,
      lastSeenAt: createdAt,
      expiresAt: new Date(Date.parse(createdAt) + 30 * 86_400_000).toISOString(),
      current: false,
    });
    server.clock.advance({ minutes: 10 });
    await send(server, "GET", "/api/users/me", { token: there.json.access_token });
    const again = await list(here);
    expect(again.sessions?.find(({ current }) => !current)).toMatchObject({
      lastSeenAt: new Date(server.clock.nowMs()).toISOString(),
    });
  });

  it("end one by one: the token is refused at once, also for refresh", async () => {
    const email = await registerUser(server);
    const [first, second] = [await login(server, email), await login(server, email)];
    const { sessions = [] } = await list(second);
    const other = sessions.find(({ current }) => !current)?.id ?? "";
    expect((await end(second, other)).status).toBeLessThan(300);
    expect(await isAlive(first)).toBe(false);
    expect((await send(server, "POST", "/api/users/refresh_token", { token: first })).status).toBe(403);
    expect(await isAlive(second)).toBe(true);
    expect(await end(second, other)).toMatchObject({ status: 404, code: "SESSION_NOT_FOUND" });
  });

  it("of another user are not found, whether they exist or not, even for an administrator", async () => {
    const [owner, other, admin] = [await signUp(server), await signUp(server), await signUp(server)];
    const account = await server.app.features.accounts.find({ email: admin.email });
    if (account === undefined) throw new Error("not registered");
    await server.app.features.accounts.edit(account, { role: "admin" }, BY_OPERATOR);
    const adminToken = await login(server, admin.email);
    const id = (await list(owner.token)).sessions?.[0]?.id ?? "";
    for (const token of [other.token, adminToken]) {
      expect(await end(token, id)).toEqual(await end(token, "4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11"));
      expect((await end(token, id)).status).toBe(404);
    }
    expect(await isAlive(owner.token)).toBe(true);
  });

  it("end all but this one, or all", async () => {
    const email = await registerUser(server);
    const [first, second, third] = [
      await login(server, email),
      await login(server, email),
      await login(server, email),
    ];
    const stranger = await signUp(server);
    expect(await endOthers(third)).toMatchObject({ status: 200, ended: 2 });
    expect([await isAlive(first), await isAlive(second), await isAlive(third)]).toEqual([false, false, true]);
    expect(await endAll(third)).toMatchObject({ status: 200, ended: 1 });
    expect(await isAlive(third)).toBe(false);
    expect(await isAlive(stranger.token)).toBe(true);
  });

  it("tell a stranger nothing", async () => {
    const id = "4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11";
    for (const answer of [await list(), await end(undefined, id), await endOthers(), await endAll()]) {
      expect(answer.status).toBe(401);
    }
  });
});
