import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../../../support/redis.js";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let redis: RedisServer;
let reader: Redis;
let server: TestServer;
beforeEach(async () => {
  redis = await startRedis();
  reader = new Redis(redis.url);
  reader.on("error", () => {});
  server = await startServer({ environment: { REDIS_URL: redis.url } });
});
afterEach(async () => {
  await server.close();
  reader.disconnect();
  await redis.stop();
});

const me = (token: string) => send(server, "GET", "/api/users/me", { token });
const logout = (token: string) => send(server, "POST", "/api/users/logout", { token });
const refresh = (token: string) => send(server, "POST", "/api/users/refresh_token", { token });
const redisState = async () => (await send(server, "GET", "/readyz")).json;
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const listed = (ids: readonly string[]) => reader.exists(...ids.map((id) => `latchkey:{blacklist}:${id}`));
/** Asks until something holds: reconnecting may take any time. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("the blacklist in Redis", () => {
  it("contains logged-out sessions by sid and exchanged tokens by jti, until the end of the refresh window", async () => {
    const [out, exchanged] = [(await signUp(server)).token, (await signUp(server)).token];
    await logout(out);
    await refresh(exchanged);
    const [sid, jti] = [claimsOf(out).sid, claimsOf(exchanged).jti];
    expect(await listed([sid, jti])).toBe(2);
    const week = 7 * 24 * 3600;
    expect(await reader.ttl(`latchkey:{blacklist}:${sid}`)).toBeGreaterThan(week - 60);
    expect(await reader.ttl(`latchkey:{blacklist}:${jti}`)).toBeLessThanOrEqual(week);
  });

  it("is asked on each request: what it contains is refused, whatever SQL says", async () => {
    const { token } = await signUp(server);
    expect((await me(token)).status).toBe(200);
    await reader.set(`latchkey:{blacklist}:${claimsOf(token).sid}`, "1");
    expect((await me(token)).status).toBe(401);
    await reader.del(`latchkey:{blacklist}:${claimsOf(token).sid}`);
    expect((await me(token)).status).toBe(200);
  });

  it("is refilled from SQL after a flush, and no revoked token is accepted in the meantime", async () => {
    const { token } = await signUp(server);
    const { token: alive } = await signUp(server);
    await logout(token);
    await reader.flushall();
    expect((await me(token)).status).toBe(401);
    expect((await me(alive)).status).toBe(200);
    await until(async () => (await listed([claimsOf(token).sid])) === 1);
    await until(async () => (await me(alive)).status === 200 && (await redisState()).checks.redis === "up");
  });

  it("is checked even if no request needs a token: each readiness check looks at it", async () => {
    await until(async () => (await redisState()).status === "ok");
    const { token } = await signUp(server);
    await logout(token);
    await reader.flushall();
    await until(async () => (await redisState()).status === "degraded");
    await until(async () => (await redisState()).status === "ok");
    expect(await listed([claimsOf(token).sid])).toBe(1);
  });

  it("may be away: sessions stay alive, revocation holds, and what it missed is added afterwards", async () => {
    const { token } = await signUp(server);
    const { token: alive } = await signUp(server);
    await me(alive);
    await redis.stop();
    expect((await logout(token)).status).toBe(200);
    expect((await me(token)).status).toBe(401);
    expect((await me(alive)).status).toBe(200);
    expect(await redisState()).toEqual({ status: "degraded", checks: { database: "up", redis: "down" } });
    redis = await startRedis(redis.port);
    await until(async () => {
      await me(alive);
      return (await redisState()).status === "ok";
    });
    await until(async () => (await listed([claimsOf(token).sid])) === 1);
  });

  it("may refuse writes: revocation holds, and what it missed is added afterwards", async () => {
    await until(async () => (await redisState()).status === "ok");
    const tokens = [(await signUp(server)).token, (await signUp(server)).token];
    await reader.call("ACL", "SETUSER", "default", "-eval");
    const answers = await Promise.all(tokens.map(logout));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const ids = tokens.map((token) => claimsOf(token).sid);
    expect(await listed(ids)).toBe(0);
    for (const token of tokens) expect((await me(token)).status).toBe(401);
    expect((await redisState()).status).toBe("degraded");
    await reader.call("ACL", "SETUSER", "default", "+eval");
    await until(async () => (await redisState()).status === "ok");
    expect(await listed(ids)).toBe(2);
  });
});

it("a server starts while Redis is away, and uses it once it is there", async () => {
  await redis.stop();
  const databasePath = server.databasePath;
  const environment = { REDIS_URL: redis.url };
  const late = await startServer({ environment, databasePath, clock: server.clock, withoutRedis: true });
  const { token } = await signUp(late);
  expect((await send(late, "GET", "/api/users/me", { token })).status).toBe(200);
  redis = await startRedis(redis.port);
  await until(async () => {
    await send(late, "GET", "/api/users/me", { token });
    return (await send(late, "GET", "/readyz")).json.checks.redis === "up";
  });
  await late.close();
});
