import type { IncomingMessage } from "node:http";

/** A flat list of names and values, as `writeHead` takes it. */
export type HeaderList = readonly string[];

/** What every answer carries. Each line keeps browsers from doing with an answer what was not meant. */
const ALWAYS: HeaderList = [
  // Tokens and personal data must not stay in any cache.
  "Cache-Control",
  "no-store",
  // An answer must not be taken for anything but its declared type.
  "X-Content-Type-Options",
  "nosniff",
  // Nothing of ours is to be framed, nor to load anything.
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

/** The headers of an answer to this request: an allowed origin is echoed (Fetch 3.2), another one is not. */
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

/** Whether a browser asks what it may send. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined
  );
}

/** The status and the headers that answer a preflight, besides those of every answer. */
export function preflightAnswer(request: IncomingMessage, origins: ReadonlySet<string>) {
  const allowed = origins.has(request.headers.origin ?? "");
  return allowed
    ? { status: 200, headers: PREFLIGHT }
    : { status: 400, headers: [], detail: "Disallowed CORS origin" };
}
