import type { IncomingMessage } from "node:http";

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

const PREFLIGHT: HeaderList = [
  "Access-Control-Allow-Methods",
  "GET, POST, PATCH, DELETE",
  "Access-Control-Allow-Headers",
  "Accept, Accept-Language, Authorization, Content-Language, Content-Type, Idempotency-Key, Latchkey-Device, Latchkey-Session, trpc-accept",
  "Access-Control-Max-Age",
  "600",
];

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
  const allowed = origins.has(request.headers.origin ?? "");
  return allowed
    ? { status: 200, headers: PREFLIGHT }
    : { status: 400, headers: [], detail: "Disallowed CORS origin" };
}
