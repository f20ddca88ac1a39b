import type { Cluster, Redis } from "ioredis";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import type { Blacklist } from "./blacklist.js";
import { gather } from "./gather.js";
import type { Revocation, SessionStore } from "./store.js";

// What is in braces decides in which node of a cluster a key is: one command asks for several keys.
const PREFIX = "latchkey:{blacklist}:";
/** Present while everything that SQL holds is in Redis too. A flush removes it. */
const COMPLETE = "latchkey:{blacklist}:complete";
/** After a failure, requests do not wait for Redis for this long. */
const REST_MS = 1000;
const PAGE = 500;
/** Stores dead ids, each with its expiry. Redis has no command that sets many keys with expiries. */
const NOTE = "for i, key in ipairs(KEYS) do redis.call('SET', key, '1', 'PX', ARGV[i]) end";

interface Deps {
  readonly redis: Redis | Cluster;
  readonly store: Pick<SessionStore, "listRevocations">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The blacklist in Redis, refilled from SQL whenever Redis may have lost or missed something. */
export function redisBlacklist({ redis, store, clock, log }: Deps): Blacklist {
  let restUntilMs = 0;
  let missedSome = false;
  let complete = false;
  let refilling = false;

  const failed = (error: unknown) => {
    if (restUntilMs < performance.now()) log("warn", "blacklist unreachable, using the database", { error });
    restUntilMs = performance.now() + REST_MS;
    complete = false;
  };
  const usable = () => redis.status === "ready" && performance.now() >= restUntilMs;

  const write = gather<Revocation, undefined>(async (revocations) => {
    const nowMs = clock.nowMs();
    const lasting = revocations.filter(({ endsAtMs }) => endsAtMs > nowMs);
    const keys = lasting.map(({ id }) => PREFIX + id);
    const lifetimes = lasting.map(({ endsAtMs }) => Math.ceil(endsAtMs - nowMs));
    if (lasting.length > 0) await redis.eval(NOTE, keys.length, ...keys, ...lifetimes);
    return revocations.map(() => undefined);
  });

  const refill = async () => {
    if (refilling) return;
    refilling = true;
    missedSome = false;
    let count = 0;
    try {
      for (let afterId = ""; ; ) {
        const page = await store.listRevocations({ afterId, limit: PAGE, nowMs: clock.nowMs() });
        await write(page);
        count += page.length;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) break;
        afterId = last.id;
      }
      await redis.set(COMPLETE, "1");
      log("info", "blacklist filled from the database", { count });
    } catch (error) {
      missedSome = true;
      failed(error);
    } finally {
      refilling = false;
    }
  };

  /** Which ids are dead; the same command also checks whether Redis still has all of them. */
  const areDead = gather(async (ids: readonly string[]) => {
    const [mark, ...dead] = await redis.mget(COMPLETE, ...ids.map((id) => PREFIX + id));
    complete = mark !== null && !missedSome;
    if (!complete) void refill();
    return dead.map((value) => value !== null);
  });
  const includes = async (ids: readonly string[]) => {
    if (!usable()) return false;
    try {
      return (await areDead(ids)).includes(true);
    } catch (error) {
      failed(error);
      return false;
    }
  };
  /** Checks whether Redis has everything, and refills it if not. */
  const look = () => void includes([]);
  redis.on("ready", look);

  return {
    includes,

    state() {
      // If no token is checked, nothing else would notice.
      look();
      return complete && usable() ? "up" : "down";
    },

    async add(revocations) {
      if (revocations.length === 0) return;
      try {
        if (!usable()) missedSome = true;
        else await write(revocations);
      } catch (error) {
        missedSome = true;
        failed(error);
      }
    },
  };
}
