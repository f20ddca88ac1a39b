import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PASSWORD, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { logout, me, refresh, setDisabled } from "./accounts.js";
import { claimsOf, expectDetail } from "./expect-answer.js";
import { STORES } from "./stores.js";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Redis counts on by its own clock while the server's stands still. */
const HOUR_MS = 60 * 60 * 1000;

describe("the blacklist in Redis", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment: { REDIS_URL: inject("redisUrl") } });
  });
  afterAll(() => server.close());

  /** For how long Redis will remember that this token, or its session, is dead. */
  async function rememberedMs(token: string): Promise<number> {
    const { jti, sid } = claimsOf(token);
    const redis = server.host.redis;
    if (redis === undefined) throw new Error("the server has no Redis");
    const keys = (await Promise.all([jti, sid].map((id) => redis.keys(`*${id}*`)))).flat();
    return Math.max(0, ...(await Promise.all(keys.map((key) => redis.pttl(key)))));
  }

  it.each<[string, (user: { email: string; token: string }) => Promise<unknown>]>([
    ["logged out", ({ token }) => logout(server, token)],
    ["exchanged", ({ token }) => refresh(server, token)],
    [
      "ended by a password reset",
      ({ email }) =>
        send(server, "POST", "/api/users/reset_password", {
          json: { email, old_password: PASSWORD, new_password: PASSWORD },
        }),
    ],
    ["ended by disabling", ({ email }) => setDisabled(server, email, true)],
  ])("holds a token that was %s until the end of its refresh window", async (_, revoke) => {
    const user = await signUp(server);
    expect(await rememberedMs(user.token)).toBe(0);
    server.clock.advance({ minutes: 60 });
    await revoke(user);
    const remembered = await rememberedMs(user.token);
    expect(remembered).toBeLessThanOrEqual(7 * DAY_MS - HOUR_MS);
    expect(remembered).toBeGreaterThan(7 * DAY_MS - 2 * HOUR_MS);
    expectDetail(await me(server, user.token), 401, "Token is invalid");
  });

  it("holds nothing of a token that is alive", async () => {
    const { token } = await signUp(server);
    expect((await me(server, token)).status).toBe(200);
    expect(await rememberedMs(token)).toBe(0);
  });
});

describe.each(STORES)("cleaning on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  it("forgets no revoked token that could still be exchanged, and gives none its life back", async () => {
    const [left, expired] = [await signUp(server), await signUp(server)];
    await logout(server, left.token);
    for (const days of [6.9, 0.2, 30]) {
      server.clock.advance({ days });
      await server.app.features.sessions.deleteOver();
      const rejected = "Refresh token is invalid or expired";
      expectDetail(await refresh(server, left.token), 403, rejected);
      expectDetail(await me(server, left.token), 401, "Token has expired");
      if (days !== 6.9) expectDetail(await refresh(server, expired.token), 403, rejected);
    }
  });

  it("keeps what can still be exchanged", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ days: 6.9 });
    await server.app.features.sessions.deleteOver();
    expect((await refresh(server, token)).status).toBe(200);
  });
});
