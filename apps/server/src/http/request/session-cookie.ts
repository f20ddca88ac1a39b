import type { IncomingMessage } from "node:http";
import {
  cookieWish,
  isFromOwnPage,
  isMeant,
  SESSION_COOKIE,
  tokenInCookie,
  trimBlanks,
} from "@latchkey/guard/credentials";
import type { SessionCookie } from "../../rpc/session-cookie.js";

export interface SessionCookieOptions {
  /** The origins of frontends, in addition to the server's own. */
  readonly origins: ReadonlySet<string>;
  /** How long a browser keeps the cookie. */
  readonly maxAgeSeconds: number;
  /** The same for the cookie of a trusted device. */
  readonly deviceSeconds: number;
}

/** How requests use the session cookie: `undefined` for those that neither bring it nor ask for it. */
export type SessionCookies = (request: IncomingMessage) => SessionCookie | undefined;

/** Keeps the secret of a trusted device, as safely as a session's token. */
const DEVICE_COOKIE = `${SESSION_COOKIE}-device`;
const DEVICE_SECRET = /^[A-Za-z0-9_-]{43}$/;

export function createSessionCookies({ origins, ...lifetimes }: SessionCookieOptions): SessionCookies {
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
    const device = trusted && cookie !== undefined ? deviceInCookie(cookie) : undefined;
    const open = trusted && !isStreamed(request);
    return sessionCookie({ token, device, open }, lifetimes);
  };
}

function sessionCookie(
  brought: Pick<SessionCookie, "token" | "device" | "open">,
  { maxAgeSeconds, deviceSeconds }: Omit<SessionCookieOptions, "origins">,
): SessionCookie {
  const answers = new Map<string, string>();
  const set = (name: string, value: string, seconds: number) => {
    answers.set(name, `${name}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=${seconds}`);
  };
  return {
    ...brought,
    get answers() {
      return [...answers.values()];
    },
    keep: (value) => set(SESSION_COOKIE, value, maxAgeSeconds),
    keepDevice: (value) => set(DEVICE_COOKIE, value, deviceSeconds),
    drop: () => set(SESSION_COOKIE, "", 0),
  };
}

/** If there are several, at least one was planted: none counts. */
function deviceInCookie(header: string): string | undefined {
  const values = header
    .split(";")
    .map(trimBlanks)
    .filter((pair) => pair.startsWith(`${DEVICE_COOKIE}=`))
    .map((pair) => pair.slice(DEVICE_COOKIE.length + 1));
  const [value = ""] = values;
  return values.length === 1 && DEVICE_SECRET.test(value) ? value : undefined;
}

/** The head of a streamed response is sent before its calls are done, so that it cannot carry a cookie. */
function isStreamed({ headers }: IncomingMessage): boolean {
  return `${headers["trpc-accept"]} ${headers.accept}`.includes("application/jsonl");
}
