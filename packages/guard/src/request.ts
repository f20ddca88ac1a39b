import { bearerOf, cookieWish, isFromOwnPage, isMeant, tokenInCookie } from "./credentials.js";

/** Headers of the web's kind. */
export interface WebHeaders {
  get(name: string): string | null;
}

/** Headers of Node's kind, with names in lower case. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request of the web's kind or of Node's: anything that has headers. */
export interface RequestLike {
  readonly headers: WebHeaders | NodeHeaders;
}

/**
 * The token of a request: from its Authorization header or, if `origins` are given and there is no such
 * header, from the session cookie, if the request comes from a page on the same origin or on one of them on
 * the same site.
 */
export function presentedToken(
  { headers }: RequestLike,
  origins: ReadonlySet<string> | undefined,
): string | undefined {
  const read = (name: string) => headerOf(headers, name);
  const authorization = read("authorization");
  // Authorization always wins, even if it is broken: which session is meant must never depend on which of two
  // is valid.
  if (authorization !== undefined || origins === undefined) return bearerOf(authorization);
  const token = tokenInCookie(read("cookie") ?? "");
  const wish = cookieWish(read("latchkey-session"));
  if (token === undefined || !isMeant(token, wish)) return undefined;
  const provenance = {
    site: read("sec-fetch-site"),
    origin: read("origin"),
    host: read("host"),
    asked: wish.asked,
  };
  return isFromOwnPage(provenance, origins) ? token : undefined;
}

function headerOf(headers: WebHeaders | NodeHeaders, name: string): string | undefined {
  if (isWeb(headers)) return headers.get(name) ?? undefined;
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

/** A header may be called `get`; then it is not a function. */
const isWeb = (headers: WebHeaders | NodeHeaders): headers is WebHeaders => typeof headers.get === "function";
