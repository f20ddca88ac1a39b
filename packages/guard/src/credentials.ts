/**
 * Browsers accept this prefix only over HTTPS, for exactly this host: no neighbouring host can plant one (RFC
 * 6265bis 4.1.3.2).
 */
export const SESSION_COOKIE = "__Host-latchkey";
/** The characters of a JSON Web Token; anything else is ignored. */
const TOKEN = /^[A-Za-z0-9_.-]+$/;
/** Pages on the developer's own machine have no HTTPS. */
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** What a request's headers say about the page that it comes from. */
export interface Provenance {
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
  /** `Origin` */
  readonly origin: string | undefined;
  /** `Host` */
  readonly host: string | undefined;
  /** Whether it carries `Latchkey-Session: cookie`. */
  readonly asked: boolean;
}

/** What a request says about the session cookie with its `Latchkey-Session` header. */
export interface CookieWish {
  /** Whether its session is kept in the cookie. */
  readonly asked: boolean;
  /** The id of the user that the page shows, if the page says so. */
  readonly user: string | undefined;
}

const WISH = /^cookie(?:; *user=([A-Za-z0-9-]{1,64}))?$/;

/** Reads `Latchkey-Session`: `cookie`, or `cookie; user=<id>`. */
export function cookieWish(header: string | undefined): CookieWish {
  const found = header === undefined ? null : WISH.exec(header);
  return { asked: found !== null, user: found?.[1] };
}

/**
 * Whether the cookie may hold the session that the page means. The browser's cookie can change at any time: a
 * page that shows one user must not act for another. A token that cannot be read is left to its verification.
 */
export function isMeant(token: string, { user }: CookieWish): boolean {
  if (user === undefined) return true;
  const subject = subjectOf(token);
  return subject === undefined || subject === user;
}

/** Whose token it claims to be; not verified. */
function subjectOf(token: string): string | undefined {
  try {
    const [, claims = ""] = token.split(".");
    // Safe: only compared, after a check.
    const { sub } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as { sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The token of an `Authorization` header (RFC 6750 2.1): split at the first space, with the scheme compared
 * case-insensitively. `undefined` if the header is missing or empty, has another scheme, or has no token.
 */
export function bearerOf(authorization: string | undefined): string | undefined {
  const blank = authorization?.indexOf(" ") ?? -1;
  if (authorization === undefined || blank === -1) return undefined;
  if (authorization.slice(0, blank).toLowerCase() !== "bearer") return undefined;
  return authorization.slice(blank + 1) || undefined;
}

/**
 * The token of a `Cookie` header. If there are several session cookies, at least one was planted by an
 * attacker, so none is accepted.
 */
export function tokenInCookie(header: string): string | undefined {
  if (!header.includes(SESSION_COOKIE)) return undefined;
  const values = header
    .split(";")
    .map(trimBlanks)
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1));
  const [value = ""] = values;
  return values.length === 1 && TOKEN.test(value) ? value : undefined;
}

/**
 * The text without surrounding spaces and tabs, the only whitespace in headers (RFC 9110 5.6.3). `trim()` also
 * removes others, such as U+00A0: browsers let any neighbouring host set a cookie whose name begins with
 * that, since to them it does not have the protected prefix.
 */
export function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (code: number) => code === 0x20 || code === 0x09;

/**
 * Whether a request comes from a page on the server's own origin, or on a listed origin of the same site
 * (Fetch Metadata). Browsers before 2023 do not say: then the origin must match, and without an origin the
 * request must carry the header that asks for cookies, which a foreign page cannot send without permission.
 */
export function isFromOwnPage(
  { site, origin, host, asked }: Provenance,
  origins: ReadonlySet<string>,
): boolean {
  switch (site) {
    case "same-origin":
      return true;
    case "same-site":
      return origin !== undefined && origins.has(origin);
    case undefined:
      return origin === undefined ? asked : origins.has(origin) || isOwnOrigin(origin, host);
    // `cross-site`, and `none`: a typed URL or a bookmark, which has no use here.
    default:
      return false;
  }
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  return origin === `https://${host}` || (LOOPBACK.test(host) && origin === `http://${host}`);
}
