import { describe, expect, it } from "vitest";
import { parseRedisUrl, redisPlaceOf } from "../../../apps/server/src/world/redis-url.js";

describe("REDIS_URL", () => {
  it.each([
    "redis://127.0.0.1:6379/2",
    "rediss://user:secret@redis.example.com",
    "redis-sentinel://one,two:26380,[::1]:26379/main",
    "rediss-sentinel://user:se%40cret@one:26379/main?sentinelPassword=other",
    "redis-cluster://one:7000,two:7000",
  ])("accepts %s", (url) => {
    expect(parseRedisUrl(url)).toEqual({ value: url });
  });

  it.each([
    "http://one",
    "redis-sentinel://one:26379",
    "redis-sentinel:///main",
    "redis-sentinel://one,,two/main",
    "redis-sentinel://one:99999/main",
    "redis-sentinel://one/main?db=1",
    "redis-cluster://one:7000/0",
    "redis-cluster://one:7000?sentinelPassword=x",
    "redis-cluster://user:%zz@one",
  ])("refuses %s, and does not quote it", (url) => {
    expect(parseRedisUrl(url)).toEqual({ fault: expect.not.stringContaining(url) });
  });

  it("is read part by part, with what is escaped in it", () => {
    expect(redisPlaceOf("rediss-sentinel://ada:a%3Ab:c@one,[::1]:1/main?sentinelUsername=eve")).toEqual({
      kind: "sentinel",
      hosts: [
        { host: "one", port: 26379 },
        { host: "::1", port: 1 },
      ],
      isEncrypted: true,
      username: "ada",
      password: "a:b:c",
      primary: "main",
      sentinelUsername: "eve",
      sentinelPassword: undefined,
    });
    expect(redisPlaceOf("redis://127.0.0.1")).toBeUndefined();
  });
});
