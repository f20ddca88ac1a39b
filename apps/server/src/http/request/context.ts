import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { bearerOf } from "@latchkey/guard/credentials";
import type { Context } from "../../rpc/context.js";
import type { AnswerRoom } from "../edge/answer-room.js";
import { codeOf, deviceOf, languageOf, trustedDeviceOf, userAgentOf } from "./client-headers.js";
import { addressOf, networkOf, siteOf, type TrustedProxies } from "./network.js";
import type { SessionCookies } from "./session-cookie.js";
import { traceOf } from "./trace.js";

/** Distinguishes this process's requests from those of others. */
const PREFIX = randomBytes(6).toString("base64url");
let requests = 0;
const ownId = () => `${PREFIX}-${(++requests).toString(36)}`;

export interface ContextOptions {
  readonly trustedProxies: TrustedProxies;
  /** Absent if sessions are not kept in cookies. */
  readonly sessionCookies?: SessionCookies | undefined;
  readonly answerRoom: AnswerRoom;
}

/** What a procedure is told about a request. */
export function contextOf(
  request: IncomingMessage,
  response: ServerResponse,
  { trustedProxies, sessionCookies, answerRoom }: ContextOptions,
): Context {
  // Node keeps what is read here once: a caller who hangs up at once must not hide where they called from.
  void request.socket.remoteAddress;
  let known: string | undefined;
  const address = () => {
    known ??= addressOf(request, trustedProxies);
    return known;
  };
  const network = () => networkOf(address());
  const site = () => siteOf(address());
  const cookie = sessionCookies?.(request);
  const { requestId = ownId(), traceparent } = traceOf(request, trustedProxies);
  return {
    requestId,
    traceparent,
    bearer: cookie?.token ?? bearerOf(request.headers.authorization),
    cookie,
    network,
    site,
    address,
    isGone: () => request.socket.destroyed,
    answer: answerRoom(response, { network, site }),
    userAgent: () => userAgentOf(request.headers),
    language: () => languageOf(request.headers["accept-language"]),
    device: () => deviceOf(request.headers),
    code: () => codeOf(request.headers),
    trustedDevice: () => trustedDeviceOf(request.headers),
  };
}
