import type { Redis } from "ioredis";
import type { Log } from "./log.js";

/** No answer within this time counts as a failure: a request must not hang because Redis does. */
const COMMAND_TIMEOUT_MS = 300;
const MAX_RECONNECT_DELAY_MS = 2000;

/** Opens a connection that fails fast while Redis is unreachable and reconnects by itself. */
export async function openRedis(url: string, log: Log): Promise<Redis> {
  // Loaded only if it is used: otherwise it would waste 8 MB of memory.
  const { Redis } = (await import("ioredis")).default;
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2000,
    enableAutoPipelining: true,
    // The code that uses these batches them itself: it need not wait for another turn.
    autoPipeliningIgnoredCommands: ["mget", "eval"],
    // Without a queue a command fails at once while there is no connection, instead of waiting indefinitely.
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
    // Logged once: it keeps trying, and logs when the connection is back.
    if (connected) log("warn", "redis connection lost");
    connected = false;
  });
  return redis;
}
