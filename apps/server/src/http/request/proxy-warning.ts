import type { IncomingMessage } from "node:http";
import type { Log } from "../../world/log.js";
import type { TrustedProxies } from "./network.js";

/**
 * Says once that a proxy seems to stand in front which no setting names: its address then counts as everybody's, so that
 * all clients share one network's limits. Anybody can send the header: it changes nothing but this line.
 */
export function createProxyWarning(trusted: TrustedProxies, log: Log): (request: IncomingMessage) => void {
  let due = "hops" in trusted && trusted.hops === 0;
  return ({ headers }) => {
    if (!due || headers["x-forwarded-for"] === undefined) return;
    due = false;
    log("warn", "requests carry X-Forwarded-For but TRUST_PROXY names no proxy");
  };
}
