import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../../../apps/server/src/world/log.js";
import { openRedis } from "../../../apps/server/src/world/redis.js";
import { type LocalProxy, startProxy } from "../../support/proxy.js";
import { type RedisServer, startRedis } from "../../support/redis.js";

let server: RedisServer;
let proxy: LocalProxy;
beforeAll(async () => {
  server = await startRedis();
  proxy = await startProxy(server.port);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

async function connected(port: number) {
  const redis = await openRedis(`redis://127.0.0.1:${port}`, silentLog);
  await redis.connect();
  return redis;
}

/** Nothing else runs in this process meanwhile. */
const block = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

it("takes an answer that came in time, even if this process was too busy to read it then", async () => {
  const redis = await connected(server.port);
  for (const ask of [() => redis.mget("a"), () => redis.set("a", "1"), () => redis.ping()]) {
    const answer = ask();
    // What is gathered in a turn has been sent after the next.
    await new Promise((resolve) => setImmediate(resolve));
    block(700);
    await answer;
  }
  redis.disconnect();
});

it("gives up a command that Redis does not answer, and goes on when it answers again", async () => {
  const redis = await connected(proxy.port);
  proxy.stall();
  await expect(redis.mget("a")).rejects.toThrow("Redis did not answer in time");
  await expect(redis.set("a", "1")).rejects.toThrow("Redis did not answer in time");
  proxy.resume();
  expect(await redis.mget("b")).toEqual([null]);
  redis.disconnect();
});
