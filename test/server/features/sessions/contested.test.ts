import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

describe.each([
  ["on SQLite alone", false],
  ["with Redis", true],
] as const)("a thief who refreshes first with a key of their own, %s", (_, withRedis) => {
  let server: TestServer;
  let email: string;
  let ownersToken: string;
  let thiefsToken: string;
  beforeEach(async () => {
    server = await startServer({ environment: withRedis ? { REDIS_URL: inject("redisUrl") } : {} });
    email = await registerUser(server);
    const first = await signIn();
    ownersToken = (await refresh(first, "the owner's key 0001")).json.access_token;
    thiefsToken = (await refresh(ownersToken, "the thief's key 0001")).json.access_token;
    server.clock.advance({ seconds: 3 });
  });
  afterEach(() => server.close());

  const signIn = async (
    userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  ) => {
    const headers = { "User-Agent": userAgent };
    const answer = await send(server, "POST", "/api/users/login", {
      json: { email, password: PASSWORD },
      headers,
    });
    return String(answer.json.access_token);
  };
  const refresh = (token: string, key?: string) =>
    send(server, "POST", "/api/users/refresh_token", {
      token,
      headers: key === undefined ? {} : { "Idempotency-Key": key },
    });
  const isIn = async (token: string) =>
    (await send(server, "GET", "/api/users/me", { token })).status === 200;

  it("is out when the owner, who was refused within seconds, has signed in again", async () => {
    expect((await refresh(ownersToken, "the owner's key 0002")).status).toBe(403);
    expect(await isIn(thiefsToken)).toBe(true);
    const again = await signIn();
    expect(await isIn(thiefsToken)).toBe(false);
    expect((await refresh(thiefsToken, "the thief's key 0002")).status).not.toBe(200);
    expect(await isIn(again)).toBe(true);
  });

  it("is out then even if they have refreshed in between", async () => {
    await refresh(ownersToken);
    const later = String((await refresh(thiefsToken, "the thief's key 0002")).json.access_token);
    await signIn();
    expect(await isIn(later)).toBe(false);
    expect((await refresh(later, "the thief's key 0003")).status).not.toBe(200);
  });

  it("is out at once if the owner presents the old token after ten seconds", async () => {
    server.clock.advance({ seconds: 8 });
    expect((await refresh(ownersToken, "the owner's key 0002")).status).toBe(403);
    expect(await isIn(thiefsToken)).toBe(false);
  });

  it("is out then even if neither client sends a user agent", async () => {
    const quiet = String((await refresh(await signIn(""), "the owner's key 0003")).json.access_token);
    const stolen = String((await refresh(quiet, "the thief's key 0003")).json.access_token);
    expect((await refresh(quiet, "the owner's key 0004")).status).toBe(403);
    await signIn("");
    expect(await isIn(stolen)).toBe(false);
  });

  it("is out then even if both refreshed at once, and no key had ever been used", async () => {
    for (let round = 0; round < 12; round++) {
      email = await registerUser(server);
      const first = await signIn();
      const both = await Promise.all([
        refresh(first, `the owner's key 1${round}00`),
        refresh(first, `the thief's key 1${round}00`),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
      const winner = String(both.find(({ status }) => status === 200)?.json.access_token);
      await signIn();
      expect(await isIn(winner)).toBe(false);
    }
  });

  it("ends no session of another browser, and none in which no other client was refused", async () => {
    // Both of these are the owner's: the keys of two tabs have crossed.
    await refresh(ownersToken, "another tab's key 01");
    const phone = await signIn("Latchkey-Test/1.0 (phone)");
    expect([await isIn(thiefsToken), await isIn(phone)]).toEqual([true, true]);
    const second = await signIn("Latchkey-Test/1.0 (phone)");
    expect([await isIn(phone), await isIn(second)]).toEqual([true, true]);
  });
});
