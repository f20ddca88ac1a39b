import { silentLog } from "../../world/log.js";
import { openRedis } from "../../world/redis.js";
import { type Finding, findingsOf } from "./finding.js";

const CLOCK_DIFFERENCE_MS = 5000;
const KEY = "latchkey:doctor";
const PATIENCE_MS = 3000;

const { ok, warning } = findingsOf("redis");

/** Asks Redis for what the blacklist needs of it, which includes one write. */
export async function examineRedis(url: string | undefined, nowMs: () => number): Promise<Finding> {
  if (url === undefined) return ok("Redis is not configured: the database is enough.");
  const redis = await openRedis(url, silentLog);
  let lastError: unknown;
  redis.on("error", (error) => {
    lastError = error;
  });
  try {
    // Sentinels that do not answer are asked again and again.
    const late = setTimeout(() => redis.disconnect(), PATIENCE_MS);
    await redis.connect().finally(() => clearTimeout(late));
    return await examine(redis, nowMs);
  } catch (error) {
    return refusal(error) ?? refusal(lastError) ?? UNREACHABLE;
  } finally {
    redis.disconnect();
  }
}

async function examine(redis: Awaited<ReturnType<typeof openRedis>>, nowMs: () => number): Promise<Finding> {
  // The user may not be allowed to ask for the time or for information: the blacklist needs neither.
  const [seconds] = (await allowed(redis.time(), [])).map(Number);
  if (seconds !== undefined && Math.abs(seconds * 1000 - nowMs()) > CLOCK_DIFFERENCE_MS) {
    const message = "Redis answers, but its clock differs from this machine's.";
    return warning(message, "Keep both in sync with NTP.");
  }
  // In the way that the blacklist is written: by a script, and with an expiry time.
  await redis.eval("return redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000)", 1, KEY, "1");
  await redis.mget(KEY);
  const memory = await allowed(redis.info("memory"), "");
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? "unknown";
  return ok(
    `Redis answers; its eviction policy is ${policy}: any policy is fine, and nothing in Redis needs to ` +
      "be kept.",
  );
}

async function allowed<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("NOPERM")) return otherwise;
    throw error;
  }
}

const UNREACHABLE = warning(
  "Redis cannot be reached: the server relies on the database alone.",
  "Check REDIS_URL and that Redis is running; the server reconnects by itself.",
);

/** What Redis says, by the first word of its answer; `undefined` if it did not answer. */
function refusal(error: unknown): Finding | undefined {
  if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  const text = error.message;
  if (/\bREADONLY\b/.test(text)) {
    return warning(
      "Redis answers, but is a replica: revoked tokens cannot be written to it.",
      "Set REDIS_URL to the primary. Until then the server relies on the database alone.",
    );
  }
  if (/^(WRONGPASS|NOAUTH)\b|invalid password|without any password configured/i.test(text)) {
    return warning(
      "Redis refuses the user or the password in REDIS_URL: the server relies on the database alone.",
      "Correct the user and the password in REDIS_URL.",
    );
  }
  if (/\bNOPERM\b/.test(text)) {
    const command = /'(\w+)'/.exec(text)?.[1]?.toUpperCase() ?? "a command";
    return warning(
      `Redis answers, but refuses ${command}: revoked tokens are not written to it.`,
      "Allow its user MGET, SET and EVAL on latchkey:*. Until then the server relies on the database alone.",
    );
  }
  return warning(
    "Redis answers, but refuses what the blacklist needs: the server relies on the database alone.",
    "Check Redis's own log, and the rights of the user in REDIS_URL.",
  );
}
