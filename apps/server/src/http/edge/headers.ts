import type { IncomingMessage } from "node:http";
import { trimBlanks } from "@latchkey/guard/credentials";

/** A flat list of names and values, as `writeHead` takes it. */
export type HeaderList = readonly string[];

/** The headers of every response. Each keeps browsers from doing something unintended with it. */
const ALWAYS: HeaderList = [
  // Tokens and personal data must not stay in any cache.
  "Cache-Control",
  "no-store",
  // A response must not be interpreted as anything but its declared type.
  "X-Content-Type-Options",
  "nosniff",
  // Nothing of ours may be framed or load anything.
  "Content-Security-Policy",
  "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy",
  "no-referrer",
];

/** What Latchkey's own clients send. */
const SENT_HEADERS: readonly string[] = [
  "Accept",
  "Accept-Language",
  "Authorization",
  "Content-Language",
  "Content-Type",
  "Idempotency-Key",
  "Latchkey-Device",
  "Latchkey-Session",
  "trpc-accept",
];
const SENT_NAMES = new Set(SENT_HEADERS.map((name) => name.toLowerCase()));
/** A header's name (RFC 9110 5.6.2), of a length that real ones have. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const MAX_ASKED_HEADERS = 32;

/** The headers of the response to this request: an allowed origin is echoed (Fetch 3.2), any other is not. */
export function answerHeaders(request: IncomingMessage, origins: ReadonlySet<string>): HeaderList {
  const { origin } = request.headers;
  if (origin === undefined) return ALWAYS;
  if (!origins.has(origin)) return [...ALWAYS, "Vary", "Origin"];
  return [
    ...ALWAYS,
    "Vary",
    "Origin",
    "Access-Control-Allow-Origin",
    origin,
    "Access-Control-Allow-Credentials",
    "true",
    "Access-Control-Expose-Headers",
    "Retry-After, X-Request-Id",
  ];
}

/** Whether a browser is asking what it may send. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined
  );
}

/** The status and headers of the response to a preflight, in addition to those of every response. */
export function preflightAnswer(request: IncomingMessage, origins: ReadonlySet<string>) {
  const { origin = "", "access-control-request-headers": asked = "" } = request.headers;
  if (!origins.has(origin)) return { status: 400, headers: [], detail: "Disallowed CORS origin" };
  const headers: HeaderList = [
    "Access-Control-Allow-Methods",
    "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers",
    [...SENT_HEADERS, ...otherHeaders(asked)].join(", "),
    "Access-Control-Max-Age",
    "600",
  ];
  return { status: 200, headers };
}

/**
 * What a page asks to send beyond that, such as a tracing library's `traceparent`: a page that may call
 * everything with credentials can do no harm with a header that is ignored.
 */
function otherHeaders(asked: string): readonly string[] {
  const names = asked.split(",", 4 * MAX_ASKED_HEADERS).map(trimBlanks);
  const others = names.filter((name) => HEADER_NAME.test(name) && !SENT_NAMES.has(name.toLowerCase()));
  return [...new Set(others)].slice(0, MAX_ASKED_HEADERS);
}
