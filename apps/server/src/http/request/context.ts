import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { bearerOf } from "@latchkey/guard/credentials";
import type { Context } from "../../rpc/context.js";
import { deviceOf, languageOf, userAgentOf } from "./client-headers.js";
import { addressOf, networkOf, siteOf, type TrustedProxies } from "./network.js";
import type { SessionCookies } from "./session-cookie.js";
import { traceOf } from "./trace.js";

/** Distinguishes this process's requests from those of others. */
const PREFIX = randomBytes(6).toString("base64url");
let requests = 0;
const ownId = () => `${PREFIX}-${(++requests).toString(36)}`;

/** What a procedure is told about a request. */
export function contextOf(
  request: IncomingMessage,
  trustedProxies: TrustedProxies,
  sessionCookies: SessionCookies | undefined,
): Context {
  // Node keeps what is read here once: a caller who hangs up at once must not hide where they called from.
  void request.socket.remoteAddress;
  const cookie = sessionCookies?.(request);
  const { requestId = ownId(), traceparent } = traceOf(request, trustedProxies);
  return {
    requestId,
    traceparent,
    bearer: cookie?.token ?? bearerOf(request.headers.authorization),
    cookie,
    network: () => networkOf(request, trustedProxies),
    site: () => siteOf(request, trustedProxies),
    address: () => addressOf(request, trustedProxies),
    isGone: () => request.socket.destroyed,
    userAgent: () => userAgentOf(request.headers),
    language: () => languageOf(request.headers["accept-language"]),
    device: () => deviceOf(request.headers),
  };
}
