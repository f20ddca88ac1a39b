import { afterAll, beforeAll, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../../../support/redis.js";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let redis: RedisServer;
let servers: readonly [TestServer, TestServer];
beforeAll(async () => {
  redis = await startRedis();
  const environment = { REDIS_URL: redis.url };
  const first = await startServer({ environment });
  servers = [first, await startServer({ environment, databasePath: first.databasePath, clock: first.clock })];
});
afterAll(async () => {
  for (const server of [...servers].reverse()) await server.close();
  await redis.stop();
});

const refresh = (token: string, headers: Record<string, string> = {}) =>
  send(servers[0], "POST", "/api/users/refresh_token", { token, headers });
const signOut = (token: string, path = "/api/users/logout") => send(servers[1], "POST", path, { token });
const isAlive = async (token: string) =>
  (await send(servers[0], "GET", "/api/users/me", { token })).status === 200;

/** A session whose token has expired; in the tab that woke up first it has been exchanged already. */
async function twoTabs(headers: Record<string, string> = {}) {
  const { token } = await signUp(servers[0]);
  servers[0].clock.advance({ minutes: 200 });
  const { access_token: successor } = (await refresh(token, headers)).json;
  return { token, successor };
}

it.each(["/api/users/logout", "/api/v1/sessions/end-all"])(
  "a tab signs out at %s with the expired token that another tab has just exchanged",
  async (path) => {
    const { token, successor } = await twoTabs();
    expect((await signOut(token, path)).status).toBe(200);
    expect(await isAlive(successor)).toBe(false);
    expect((await refresh(token)).status).toBe(403);
    expect((await signOut(token, path)).status).toBe(401);
  },
);

it("such a token can do so only as long as its exchange could be repeated, and nothing else", async () => {
  const { token, successor } = await twoTabs();
  expect((await send(servers[1], "GET", "/api/users/me", { token })).status).toBe(401);
  servers[0].clock.advance({ ms: 10_001 });
  expect((await signOut(token)).status).toBe(401);
  expect(await isAlive(successor)).toBe(true);
});

it("such a token ends nothing in a session that uses idempotency keys", async () => {
  const { token, successor } = await twoTabs({ "Idempotency-Key": "a key of the first tab" });
  expect((await signOut(token)).status).toBe(401);
  expect(await isAlive(successor)).toBe(true);
});

it("of a sign-out and an exchange at once, the sign-out wins", async () => {
  for (let round = 0; round < 20; round++) {
    const { token } = await signUp(servers[0]);
    servers[0].clock.advance({ minutes: 200 });
    const [out, exchanged] = await Promise.all([signOut(token), refresh(token)]);
    expect([out.status, [200, 403].includes(exchanged.status)]).toEqual([200, true]);
    if (exchanged.status === 200) expect(await isAlive(exchanged.json.access_token)).toBe(false);
    expect((await refresh(token)).status).toBe(403);
  }
});
