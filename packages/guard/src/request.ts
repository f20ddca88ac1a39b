import { bearerOf, isFromOwnPage, tokenInCookie } from "./credentials.js";

/** Headers as the web has them. */
export interface WebHeaders {
  get(name: string): string | null;
}

/** Headers as Node has them, their names in lower case. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request of the web's kind or of Node's: whatever has headers. */
export interface RequestLike {
  readonly headers: WebHeaders | NodeHeaders;
}

/**
 * The token that a request presents: in its Authorization header or, where `origins` are given and it has no such header,
 * in the session cookie, if it comes from a page of the same origin or of one of them on the same site.
 */
export function presentedToken(
  { headers }: RequestLike,
  origins: ReadonlySet<string> | undefined,
): string | undefined {
  const read = (name: string) => headerOf(headers, name);
  const authorization = read("authorization");
  // Authorization always wins, also a broken one: which session is meant must never depend on which of two is good.
  if (authorization !== undefined || origins === undefined) return bearerOf(authorization);
  const token = tokenInCookie(read("cookie") ?? "");
  if (token === undefined) return undefined;
  const provenance = {
    site: read("sec-fetch-site"),
    origin: read("origin"),
    host: read("host"),
    asked: read("latchkey-session") === "cookie",
  };
  return isFromOwnPage(provenance, origins) ? token : undefined;
}

function headerOf(headers: WebHeaders | NodeHeaders, name: string): string | undefined {
  if (isWeb(headers)) return headers.get(name) ?? undefined;
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

/** A header may be called `get`; then it is no function. */
const isWeb = (headers: WebHeaders | NodeHeaders): headers is WebHeaders => typeof headers.get === "function";
