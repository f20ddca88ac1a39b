import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { me, refresh, signUpByName } from "./accounts.js";
import { claimsOf, expectDetail } from "./expect-answer.js";

const REJECTED = "Refresh token is invalid or expired";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const lifetimeSeconds = (token: string) => {
  const { iat, exp } = claimsOf(token) as { iat: number; exp: number };
  return exp - iat;
};

describe("a token", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it("says whose it is, when it was issued, and nothing besides", async () => {
    const { id, username, token } = await signUpByName(server);
    server.clock.advance({ ms: 999 });
    const { access_token: successor } = (await refresh(server, token)).json;
    for (const claims of [claimsOf(token), claimsOf(successor)]) {
      expect(Object.keys(claims).sort()).toEqual(["exp", "iat", "jti", "sid", "sub", "username"]);
      expect(claims).toMatchObject({ sub: id, username });
      expect(claims.iat).toBe(Math.floor(server.clock.nowMs() / 1000));
      expect(Number.isSafeInteger(claims.exp)).toBe(true);
      expect(claims.sub).toMatch(UUID);
    }
  });

  it("names an account of the users surface by its address", async () => {
    const { email, token } = await signUp(server);
    expect(claimsOf(token).username).toBe(email);
  });

  it("has an id of its own and its session's", async () => {
    const { email, token } = await signUp(server);
    const { access_token: successor } = (await refresh(server, token)).json;
    const other = await login(server, email);
    const claims = [token, successor, other].map(claimsOf);
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3);
    expect(claims[1]?.sid).toBe(claims[0]?.sid);
    expect(claims[2]?.sid).not.toBe(claims[0]?.sid);
  });

  it("gives access for three hours from the users surface and a day from the auth surface", async () => {
    const { username, token: registered } = await signUpByName(server);
    const json = { username, password: PASSWORD };
    const signedIn = (await send(server, "POST", "/api/auth/login", { json })).json.data.token;
    const { token } = await signUp(server);
    expect([registered, signedIn, token].map(lifetimeSeconds)).toEqual([86_400, 86_400, 10_800]);
  });

  it("is refreshed for thirty days in all, however often", async () => {
    let { token } = await signUp(server);
    for (let day = 0; day < 28; day += 4) {
      server.clock.advance({ days: 4 });
      const answer = await refresh(server, token);
      expect([day, answer.status]).toEqual([day, 200]);
      token = answer.json.access_token;
    }
    server.clock.advance({ days: 2, seconds: -60 });
    const last = await refresh(server, token);
    expect(last.status).toBe(200);
    token = last.json.access_token;
    expect((await me(server, token)).status).toBe(200);
    // The last token ends with the session.
    server.clock.advance({ seconds: 60 });
    expect((await me(server, token)).status).toBe(401);
    expectDetail(await refresh(server, token), 403, REJECTED);
  });
});

describe("settings", () => {
  async function withSettings(
    environment: Record<string, string>,
    act: (server: TestServer) => Promise<void>,
  ) {
    const server = await startServer({ environment });
    try {
      await act(server);
    } finally {
      await server.close();
    }
  }

  it("set the access lifetimes, of which the users surface tells the whole minutes", async () => {
    const environment = { ACCESS_TOKEN_MINUTES: "30", AUTH_TOKEN_MINUTES: "60" };
    await withSettings(environment, async (server) => {
      const email = await registerUser(server);
      const signedIn = await send(server, "POST", "/api/users/login", {
        json: { email, password: PASSWORD },
      });
      expect(signedIn.json.expires_in).toBe(30);
      const refreshed = await refresh(server, signedIn.json.access_token);
      expect(refreshed.json.expires_in).toBe(30);
      for (const { access_token: token } of [signedIn.json, refreshed.json]) {
        expect(lifetimeSeconds(token)).toBe(1800);
      }
      expect(lifetimeSeconds((await signUpByName(server)).token)).toBe(3600);
      server.clock.advance({ minutes: 30 });
      expectDetail(await me(server, refreshed.json.access_token), 401, "Token has expired");
    });
  });

  it("may be fractions of minutes", async () => {
    const environment = { ACCESS_TOKEN_MINUTES: "90.25", AUTH_TOKEN_MINUTES: "0.5" };
    await withSettings(environment, async (server) => {
      const email = await registerUser(server);
      const { json } = await send(server, "POST", "/api/users/login", {
        json: { email, password: PASSWORD },
      });
      expect(json.expires_in).toBe(90);
      expect(lifetimeSeconds(json.access_token)).toBe(5415);
      expect(lifetimeSeconds((await signUpByName(server)).token)).toBe(30);
    });
  });

  it("set the refresh window", async () => {
    await withSettings({ REFRESH_WINDOW_MINUTES: "200" }, async (server) => {
      const [early, late] = [await signUp(server), await signUp(server)];
      server.clock.advance({ minutes: 199 });
      expect((await refresh(server, early.token)).status).toBe(200);
      server.clock.advance({ minutes: 1 });
      expectDetail(await refresh(server, late.token), 403, REJECTED);
    });
  });

  it("set how long a session lives in all", async () => {
    await withSettings({ SESSION_MAX_DAYS: "2" }, async (server) => {
      let { token } = await signUp(server);
      server.clock.advance({ days: 1.9 });
      token = (await refresh(server, token)).json.access_token;
      expect((await me(server, token)).status).toBe(200);
      server.clock.advance({ days: 0.1 });
      expect((await me(server, token)).status).toBe(401);
      expectDetail(await refresh(server, token), 403, REJECTED);
    });
  });

  it("set the public address, which tokens name as their issuer from then on", async () => {
    const PUBLIC_URL = "https://login.example.com";
    const secret = { JWT_SECRET: randomBytes(48).toString("base64") };
    const first = await startServer({ environment: secret });
    const { databasePath, clock } = first;
    const old = (await signUp(first)).token;
    expect(claimsOf(old)).not.toHaveProperty("iss");
    const server = await startServer({ databasePath, clock, environment: { ...secret, PUBLIC_URL } });
    const moved = { PUBLIC_URL: "https://moved.example.com" };
    const other = await startServer({ databasePath, clock, environment: { ...secret, ...moved } });
    try {
      // From before the address was set: as good as ever, and exchanged for one that names it.
      expect((await me(server, old)).status).toBe(200);
      const { access_token: token } = (await refresh(server, old)).json;
      for (const each of [token, (await signUp(server)).token, (await signUpByName(server)).token]) {
        expect(claimsOf(each).iss).toBe(PUBLIC_URL);
        expect((await me(server, each)).status).toBe(200);
        expectDetail(await me(other, each), 401, "Token is invalid");
        expectDetail(await refresh(other, each), 401, "Token is invalid");
      }
    } finally {
      for (const each of [other, server, first]) await each.close();
    }
  });
});
