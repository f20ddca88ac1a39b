import type { IncomingMessage } from "node:http";
import { isFromProxy, type TrustedProxies } from "./network.js";

/** What ties a request to the lines about it in other programs' logs. */
export interface Trace {
  /** From `X-Request-Id`. */
  readonly requestId: string | undefined;
  /** The trace context of the proxy (W3C Trace Context), from `traceparent`. */
  readonly traceparent: string | undefined;
}

/** Characters that are harmless in headers and logs, and of which no mail address can be made. */
const REQUEST_ID = /^[A-Za-z0-9._:/+=~-]{1,128}$/;
/** Version, trace, parent and flags; a trace or a parent of zeros, and version ff, are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const NONE: Trace = { requestId: undefined, traceparent: undefined };

/** The trace that a trusted proxy wrote; any other client could forge the lines of others. */
export function traceOf({ headers, socket }: IncomingMessage, trusted: TrustedProxies): Trace {
  const { "x-request-id": requestId, traceparent } = headers;
  if (requestId === undefined && traceparent === undefined) return NONE;
  if (!isFromProxy(socket, trusted)) return NONE;
  return { requestId: matching(requestId, REQUEST_ID), traceparent: matching(traceparent, TRACEPARENT) };
}

function matching(value: string | readonly string[] | undefined, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}
