import type { IncomingMessage } from "node:http";
import type { SessionCookie } from "../rpc/session-cookie.js";

/** Browsers take this prefix only from HTTPS, for the whole host and no other: no neighbour can plant one (RFC 6265bis 4.1.3.2). */
const NAME = "__Host-latchkey";
/** What JSON Web Tokens are spelled with; nothing else is worth a look. */
const TOKEN = /^[A-Za-z0-9_.-]+$/;
/** Pages on the developer's own machine have no HTTPS. */
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export interface SessionCookieOptions {
  /** The origins of frontends besides the server's own. */
  readonly origins: ReadonlySet<string>;
  /** How long a browser keeps the cookie. */
  readonly maxAgeSeconds: number;
}

/** What requests have to do with the session cookie: `undefined` for those that neither bring it nor ask for it. */
export type SessionCookies = (request: IncomingMessage) => SessionCookie | undefined;

export function createSessionCookies({ origins, maxAgeSeconds }: SessionCookieOptions): SessionCookies {
  return (request) => {
    const { authorization, cookie } = request.headers;
    const asked = request.headers["latchkey-session"] === "cookie";
    // Authorization always wins, also a broken one: which session is meant must never depend on which of two is good.
    const brought = authorization === undefined && cookie !== undefined ? tokenIn(cookie) : undefined;
    if (!asked && brought === undefined) return undefined;
    const trusted = isFromOwnPage(request, origins, asked);
    if (!asked && !trusted) return undefined;
    return sessionCookie(trusted ? brought : undefined, trusted && !isStreamed(request), maxAgeSeconds);
  };
}

function sessionCookie(token: string | undefined, open: boolean, maxAgeSeconds: number): SessionCookie {
  let answer: string | undefined;
  const set = (value: string, seconds: number) => {
    answer = `${NAME}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=${seconds}`;
  };
  return {
    token,
    open,
    get answer() {
      return answer;
    },
    keep: (value) => set(value, maxAgeSeconds),
    drop: () => set("", 0),
  };
}

/** The one value of the cookie. Of several at least one was planted by somebody: then none is taken. */
function tokenIn(header: string): string | undefined {
  if (!header.includes(NAME)) return undefined;
  const values = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .map((pair) => pair.slice(NAME.length + 1));
  const [value = ""] = values;
  return values.length === 1 && TOKEN.test(value) ? value : undefined;
}

/**
 * Whether a request comes from a page of the server's own origin, or of a listed one on the same site (Fetch Metadata).
 * Browsers before 2023 do not say: then the origin must be right, and without one the request must carry the header that
 * asks for cookies, which a foreign page cannot send unasked.
 */
function isFromOwnPage({ headers }: IncomingMessage, origins: ReadonlySet<string>, asked: boolean): boolean {
  const { origin, host } = headers;
  switch (headers["sec-fetch-site"]) {
    case "same-origin":
      return true;
    case "same-site":
      return origin !== undefined && origins.has(origin);
    case undefined:
      return origin === undefined ? asked : origins.has(origin) || isOwnOrigin(origin, host);
    // `cross-site`, and `none`: an address that was typed or a bookmark, which nobody needs here.
    default:
      return false;
  }
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  return origin === `https://${host}` || (LOOPBACK.test(host) && origin === `http://${host}`);
}

/** A streamed answer's head is gone before its calls are done: it can carry no cookie. */
function isStreamed({ headers }: IncomingMessage): boolean {
  return `${headers["trpc-accept"]} ${headers.accept}`.includes("application/jsonl");
}
