export const BAD_ADDRESS = "The address is not well-formed";

/** A server and, after it, a path: nothing that different programs read differently, and no user (RFC 9110 4.2). */
const ABSOLUTE = /^https?:\/\/[^/?#\\@]+(?:[/?#]|$)/i;
/** The characters of a host and a port (RFC 9110 7.2). */
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]*$/;

/** Whether a request target is a path, or names a server before it (RFC 9112 3.2). */
export function isWellFormedTarget(target: string): boolean {
  return target.startsWith("/") || target === "*" || (ABSOLUTE.test(target) && URL.canParse(target));
}

/** Whether a Host header can name a host; it may be empty. */
export function isWellFormedHost(host: string): boolean {
  return HOST.test(host);
}
