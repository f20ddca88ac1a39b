import type { Redis } from "ioredis";
import type { Log } from "./log.js";

/** No answer within this time counts as none: a request must not hang because Redis does. */
const COMMAND_TIMEOUT_MS = 300;
const MAX_RECONNECT_DELAY_MS = 2000;

/** Opens a connection that fails fast while Redis is away and comes back by itself. */
export async function openRedis(url: string, log: Log): Promise<Redis> {
  // Only where it is used: elsewhere it would be 8 MB of memory for nothing.
  const { Redis } = (await import("ioredis")).default;
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2000,
    enableAutoPipelining: true,
    // What uses these gathers by itself: it need not wait for another turn.
    autoPipeliningIgnoredCommands: ["mget", "eval"],
    // Without a queue a command fails at once while there is no connection, instead of waiting without bound.
    enableOfflineQueue: false,
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
  });
  redis.on("error", (error) => log("debug", "redis error", { error }));
  let connected = false;
  redis.on("ready", () => {
    connected = true;
    log("info", "redis connected");
  });
  redis.on("close", () => {
    // Said once: it goes on trying, and says when it is back.
    if (connected) log("warn", "redis connection lost");
    connected = false;
  });
  return redis;
}
