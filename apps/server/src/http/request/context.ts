import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Language } from "@latchkey/contracts/kit/language";
import { bearerOf } from "@latchkey/guard/credentials";
import type { PendingAnswer } from "../../rpc/answer.js";
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
  options: ContextOptions,
): Context {
  return new RequestContext(request, response, options);
}

/** A class, so that a request does not make a dozen functions of which most calls need none. */
class RequestContext implements Context {
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly bearer: string | undefined;
  readonly cookie: Context["cookie"];
  private readonly _request: IncomingMessage;
  private readonly _response: ServerResponse;
  private readonly _options: ContextOptions;
  private _address: string | undefined;
  private _answer: PendingAnswer | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: ContextOptions) {
    const { trustedProxies, sessionCookies } = options;
    // Node keeps what is read here once: a caller who hangs up at once must not hide where they called from.
    void request.socket.remoteAddress;
    const { requestId = ownId(), traceparent } = traceOf(request, trustedProxies);
    this.requestId = requestId;
    this.traceparent = traceparent;
    this.cookie = sessionCookies?.(request);
    this.bearer = this.cookie?.token ?? bearerOf(request.headers.authorization);
    this._request = request;
    this._response = response;
    this._options = options;
  }

  address(): string {
    this._address ??= addressOf(this._request, this._options.trustedProxies);
    return this._address;
  }

  network(): string {
    return networkOf(this.address());
  }

  site(): string {
    return siteOf(this.address());
  }

  isGone(): boolean {
    return this._request.socket.destroyed;
  }

  get answer(): PendingAnswer {
    this._answer ??= this._options.answerRoom(this._response, this);
    return this._answer;
  }

  userAgent(): string | undefined {
    return userAgentOf(this._request.headers);
  }

  language(): Language {
    return languageOf(this._request.headers["accept-language"]);
  }

  device(): string | undefined {
    return deviceOf(this._request.headers);
  }

  code(): string | undefined {
    return codeOf(this._request.headers);
  }

  trustedDevice(): string | undefined {
    return trustedDeviceOf(this._request.headers) ?? this.cookie?.device;
  }
}
