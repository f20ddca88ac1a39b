import type { IncomingMessage } from "node:http";
import type { Log } from "../../world/log.js";
import type { TrustedProxies } from "./network.js";

/**
 * Warns once that there seems to be a proxy in front that no setting names: its address then counts as every
 * client's, so that all clients share one network's limits. Any client can send the header, but it only
 * triggers this log line.
 */
export function createProxyWarning(trusted: TrustedProxies, log: Log): (request: IncomingMessage) => void {
  let due = "hops" in trusted && trusted.hops === 0;
  return ({ headers }) => {
    if (!due || headers["x-forwarded-for"] === undefined) return;
    due = false;
    log("warn", "requests carry X-Forwarded-For but TRUST_PROXY names no proxy");
  };
}
