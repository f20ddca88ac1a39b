import { describe, expect, it } from "vitest";
import { freePort } from "../../../support/port.js";
import { call, HAS_REDIS_CLI, startCluster, startSentinel, until } from "../../../support/redis-many.js";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { newOperator } from "../../cli/command.js";

const me = async (server: TestServer, token: string) =>
  (await send(server, "GET", "/api/users/me", { token })).status;
const logout = (server: TestServer, token: string) => send(server, "POST", "/api/users/logout", { token });
const isUp = async (server: TestServer) => (await send(server, "GET", "/readyz")).json.checks.redis === "up";
const sidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).sid;
const doctor = async (url: string) => {
  const operator = await newOperator();
  const { stdout } = await operator.run(["doctor", "--json"], { environment: { REDIS_URL: url } });
  await operator.leave();
  return JSON.parse(stdout).findings.find(({ check }: { check: string }) => check === "redis");
};

describe("the blacklist behind sentinels", () => {
  it("is on the primary, and follows it to the one that is promoted; meanwhile SQL refuses", async () => {
    const redis = await startSentinel();
    const [primary = 0, replica = 0] = redis.ports;
    const url = `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${redis.sentinelPort}/main`;
    const server = await startServer({ environment: { REDIS_URL: url } });
    await until(() => isUp(server));
    expect((await doctor(url)).state).toBe("ok");
    const [first, second, alive] = [await signUp(server), await signUp(server), await signUp(server)];
    await logout(server, first.token);
    expect(await call(primary, "EXISTS", `latchkey:{blacklist}:${sidOf(first.token)}`)).toBe(1);

    await redis.kill(primary);
    await logout(server, second.token);
    expect(await me(server, first.token)).toBe(401);
    expect(await me(server, second.token)).toBe(401);
    expect(await me(server, alive.token)).toBe(200);

    await until(() => isUp(server));
    expect(await call(replica, "EXISTS", `latchkey:{blacklist}:${sidOf(second.token)}`)).toBe(1);
    expect(await me(server, second.token)).toBe(401);
    expect(await me(server, alive.token)).toBe(200);
    await server.close();
    await redis.stop();
  });

  it("delays nothing if no sentinel answers, and doctor says so", async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()}/main`;
    const server = await startServer({ environment: { REDIS_URL: url }, withoutRedis: true });
    const { token } = await signUp(server);
    expect(await me(server, token)).toBe(200);
    await logout(server, token);
    expect(await me(server, token)).toBe(401);
    expect((await doctor(url)).state).toBe("warning");
    await server.close();
  });
});

describe.skipIf(!HAS_REDIS_CLI)("the blacklist in a cluster", () => {
  it("is on one of its nodes, and if that is lost, SQL decides", async () => {
    const redis = await startCluster();
    const url = `redis-cluster://${redis.ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
    const server = await startServer({ environment: { REDIS_URL: url } });
    await until(() => isUp(server));
    expect((await doctor(url)).state).toBe("ok");
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => (await signUp(server)).token));
    const [alive = "", ...dead] = tokens;
    await Promise.all(dead.map((token) => logout(server, token)));
    const keys = await Promise.all(redis.ports.map((port) => call(port, "KEYS", "latchkey:{blacklist}:*")));
    const counts = keys.map((found) => (Array.isArray(found) ? found.length : 0));
    // All have one tag: the dead sessions, and the mark that all are there.
    expect([...counts].sort()).toEqual([0, 0, dead.length + 1]);
    expect(await Promise.all(dead.map((token) => me(server, token)))).toEqual(dead.map(() => 401));
    expect(await me(server, alive)).toBe(200);

    await redis.kill(redis.ports[counts.findIndex((count) => count > 0)] ?? 0);
    expect(await Promise.all(dead.map((token) => me(server, token)))).toEqual(dead.map(() => 401));
    expect(await me(server, alive)).toBe(200);
    await until(async () => !(await isUp(server)));
    await logout(server, alive);
    expect(await me(server, alive)).toBe(401);
    await server.close();
    await redis.stop();
  });
});
