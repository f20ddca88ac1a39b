import type { IncomingMessage } from "node:http";
import type { Log } from "../../world/log.js";

/** Any client can send any origin, so only so many are named: neither the log nor the memory grows with them. */
const MAX_NAMED = 20;
/** `scheme://host:port`, short enough for a line of the log; not `null`, which no setting can list. */
const ORIGIN = /^[a-z][a-z0-9+.-]{0,31}:\/\/[a-zA-Z0-9._~[\]:-]{1,128}$/;

/**
 * Warns once for each origin whose pages call the server but may not read its answers: in the browser that looks
 * as if there were no server.
 */
export function createOriginWarning(
  origins: ReadonlySet<string>,
  log: Log,
): (request: IncomingMessage) => void {
  const named = new Set<string>();
  return ({ headers }) => {
    const { origin, host, "sec-fetch-site": site } = headers;
    if (origin === undefined || origins.has(origin) || named.size >= MAX_NAMED || named.has(origin)) return;
    // A page of the server's own, perhaps through a proxy that changes the host.
    if (site === "same-origin" || origin.endsWith(`://${host}`) || !ORIGIN.test(origin)) return;
    named.add(origin);
    log("warn", "pages of this origin cannot read the answers: CORS_ORIGINS does not list it", { origin });
    if (named.size === MAX_NAMED) log("warn", "more origins that CORS_ORIGINS does not list are not named");
  };
}
