import type { IncomingMessage } from "node:http";
import {
  cookieWish,
  isFromOwnPage,
  isMeant,
  SESSION_COOKIE,
  tokenInCookie,
} from "@latchkey/guard/credentials";
import type { SessionCookie } from "../../rpc/session-cookie.js";

export interface SessionCookieOptions {
  /** The origins of frontends, in addition to the server's own. */
  readonly origins: ReadonlySet<string>;
  /** How long a browser keeps the cookie. */
  readonly maxAgeSeconds: number;
}

/** How requests use the session cookie: `undefined` for those that neither bring it nor ask for it. */
export type SessionCookies = (request: IncomingMessage) => SessionCookie | undefined;

export function createSessionCookies({ origins, maxAgeSeconds }: SessionCookieOptions): SessionCookies {
  return (request) => {
    const { authorization, cookie } = request.headers;
    const header = request.headers["latchkey-session"];
    const wish = cookieWish(typeof header === "string" ? header : undefined);
    const { asked } = wish;
    // Authorization always takes precedence, even if it is invalid: which session is meant must never depend
    // on which of two tokens is valid.
    const brought = authorization === undefined && cookie !== undefined ? tokenInCookie(cookie) : undefined;
    if (!asked && brought === undefined) return undefined;
    const { origin, host, "sec-fetch-site": site } = request.headers;
    const trusted = isFromOwnPage({ site, origin, host, asked }, origins);
    if (!asked && !trusted) return undefined;
    const token = trusted && brought !== undefined && isMeant(brought, wish) ? brought : undefined;
    return sessionCookie(token, trusted && !isStreamed(request), maxAgeSeconds);
  };
}

function sessionCookie(token: string | undefined, open: boolean, maxAgeSeconds: number): SessionCookie {
  let answer: string | undefined;
  const set = (value: string, seconds: number) => {
    answer = `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=${seconds}`;
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

/** The head of a streamed response is sent before its calls are done, so that it cannot carry a cookie. */
function isStreamed({ headers }: IncomingMessage): boolean {
  return `${headers["trpc-accept"]} ${headers.accept}`.includes("application/jsonl");
}
