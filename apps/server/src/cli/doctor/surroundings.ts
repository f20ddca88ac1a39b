import { once } from "node:events";
import { connect } from "node:net";
import type { AppSettings } from "../../wiring/settings.js";
import { silentLog } from "../../world/log.js";
import { openRedis } from "../../world/redis.js";
import { type Finding, findingsOf } from "./finding.js";

const PATIENCE_MS = 3000;
const CLOCK_DIFFERENCE_MS = 5000;
/** The last day on which each Node release line gets security fixes; later lines are not known yet. */
const NODE_ENDS: Readonly<Record<number, string>> = {
  22: "2027-04-30",
  23: "2025-06-01",
  24: "2028-04-30",
  25: "2026-06-01",
};

export function examineNode(version: string, nowMs: number): Finding {
  const { ok, warning } = findingsOf("node");
  const [major = 0] = version.replace(/^v/, "").split(".").map(Number);
  const message = `Node is ${version}.`;
  if (nowMs > Date.parse(NODE_ENDS[major] ?? "9999")) {
    return warning(message, "It no longer gets security fixes: install a later one.");
  }
  return ok(message);
}

export function examineProxy({ trustProxy, host }: AppSettings["http"]): Finding {
  const { ok, warning } = findingsOf("proxy");
  const trusts = "networks" in trustProxy || trustProxy.hops > 0;
  const isLocal = host !== undefined && /^(127\.|localhost$|::1$)/.test(host);
  if (trusts && host === undefined) {
    return warning(
      "A proxy is trusted, but the server listens on every address: a client that bypasses the proxy can " +
        "claim any address.",
      "Set HOST to the address that the proxy connects to, or block other clients with a firewall.",
    );
  }
  if (!trusts && isLocal) {
    return warning(
      "Only this machine can connect, so there must be a proxy in front, but none is trusted: all clients " +
        "count as one network.",
      "Set TRUST_PROXY to the number of proxies.",
    );
  }
  return ok(trusts ? "A proxy is trusted." : "No proxy is trusted: clients connect directly.");
}

export async function examineMail({ server }: AppSettings["mail"]): Promise<Finding> {
  const { ok, warning, fault } = findingsOf("mail");
  if (server === "log") {
    return warning("There is no mail server: mails are kept and not sent.", "Set MAIL_URL and MAIL_FROM.");
  }
  const socket = connect({ host: server.host, port: server.port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ok("The mail server can be reached.");
  } catch {
    return fault("The mail server cannot be reached.", "Check MAIL_URL, and try `latchkey mail test`.");
  } finally {
    socket.destroy();
  }
}

export async function examineRedis(url: string | undefined, nowMs: () => number): Promise<Finding> {
  const { ok, warning } = findingsOf("redis");
  if (url === undefined) return ok("Redis is not configured: SQLite is enough.");
  const redis = await openRedis(url, silentLog);
  try {
    await redis.connect();
    const [seconds = 0] = (await redis.time()).map(Number);
    if (Math.abs(seconds * 1000 - nowMs()) > CLOCK_DIFFERENCE_MS) {
      return warning(
        "Redis answers, but its clock differs from this machine's.",
        "Keep both in sync with NTP.",
      );
    }
    // The blacklist is written by a script, so scripts must be allowed.
    const allowed = await redis.eval("return 1", 0).then(
      () => true,
      (error: Error) => {
        if (error.name === "ReplyError") return false;
        throw error;
      },
    );
    if (!allowed) {
      return warning(
        "Redis answers, but refuses EVAL: revoked tokens are not written to it.",
        "Allow its user MGET, SET and EVAL; until then the database serves alone.",
      );
    }
    const memory = await redis.info("memory");
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? "unknown";
    return ok(
      `Redis answers; its eviction policy is ${policy}: any policy is fine, and nothing in Redis needs to ` +
        "be kept.",
    );
  } catch {
    return warning(
      "Redis cannot be reached: the database serves alone.",
      "Check REDIS_URL and that Redis is running; the server reconnects by itself.",
    );
  } finally {
    redis.disconnect();
  }
}
