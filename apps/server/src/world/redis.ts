import type { Cluster, ClusterOptions, Redis, RedisOptions } from "ioredis";
import { startDeadline } from "./deadline.js";
import type { Log } from "./log.js";
import { type RedisPlace, redisPlaceOf } from "./redis-url.js";

/** No answer within this time counts as a failure: a request must not hang because Redis does. */
const COMMAND_TIMEOUT_MS = 300;
/** The client's own limit, for what it asks by itself: it also counts time in which this process was busy. */
const FORGOTTEN_AFTER_MS = 5000;
const MAX_RECONNECT_DELAY_MS = 2000;
/** In a cluster a command that reached the wrong node is sent to the right one, but not again and again. */
const MAX_REDIRECTIONS = 2;
const REDIRECTION_DELAY_MS = 50;

/** A connection to one Redis, to the primary that sentinels name, or to all nodes of a cluster. */
export type RedisClient = Redis | Cluster;

/** Opens a connection that fails fast while Redis is unreachable and reconnects by itself. */
export async function openRedis(url: string, log: Log): Promise<RedisClient> {
  const redis = await createClient(url);
  limitCommands(redis);
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

/** Answers that arrived in time are read, even if this process was too busy to read them in time. */
function limitCommands(redis: Pick<Redis, "sendCommand">): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...others) => {
    const giveUp = () => command.reject(new Error("Redis did not answer in time"));
    const { clear } = startDeadline(COMMAND_TIMEOUT_MS, giveUp);
    command.promise.then(clear, clear);
    return send(command, ...others);
  };
}

const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS);

const EACH = {
  commandTimeout: FORGOTTEN_AFTER_MS,
  connectTimeout: 2000,
  maxRetriesPerRequest: 1,
} as const satisfies RedisOptions;

const ALL = {
  // Without a queue a command fails at once while there is no connection, instead of waiting indefinitely.
  enableOfflineQueue: false,
  lazyConnect: true,
} as const;

const ONE = {
  ...EACH,
  ...ALL,
  retryStrategy,
  enableAutoPipelining: true,
  // The code that uses these batches them itself: it need not wait for another turn.
  autoPipeliningIgnoredCommands: ["mget", "eval"],
} satisfies RedisOptions;

async function createClient(url: string): Promise<RedisClient> {
  // Loaded only if it is used: otherwise it would waste 8 MB of memory.
  const { Redis, Cluster } = (await import("ioredis")).default;
  const place = redisPlaceOf(url);
  if (place === undefined) return new Redis(url, ONE);
  return place.kind === "sentinel"
    ? new Redis({ ...ONE, ...sentinelOptions(place) })
    : new Cluster([...place.hosts], clusterOptions(place));
}

function sentinelOptions(place: RedisPlace) {
  return {
    ...usersOf(place),
    sentinels: [...place.hosts],
    name: place.primary,
    ...(place.sentinelUsername !== undefined && { sentinelUsername: place.sentinelUsername }),
    ...(place.sentinelPassword !== undefined && { sentinelPassword: place.sentinelPassword }),
    ...(place.isEncrypted && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    // Until one of them names a primary that answers; without a delay, the client would give up for good.
    sentinelRetryStrategy: retryStrategy,
    // The primary became a replica: the sentinels know the new one.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
  } satisfies RedisOptions;
}

function clusterOptions(place: RedisPlace) {
  return {
    ...ALL,
    clusterRetryStrategy: retryStrategy,
    maxRedirections: MAX_REDIRECTIONS,
    retryDelayOnFailover: REDIRECTION_DELAY_MS,
    retryDelayOnClusterDown: REDIRECTION_DELAY_MS,
    retryDelayOnTryAgain: REDIRECTION_DELAY_MS,
    redisOptions: { ...EACH, ...usersOf(place) },
  } satisfies ClusterOptions;
}

const usersOf = ({ username, password, isEncrypted }: RedisPlace) => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(isEncrypted && { tls: {} }),
});
