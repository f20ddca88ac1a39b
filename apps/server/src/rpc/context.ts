import type { Language } from "@latchkey/contracts/kit/language";
import type { SessionCookie } from "./session-cookie.js";

/** What is known of a request when a procedure is called, whichever door it came through. */
export interface Context {
  readonly requestId: string;
  /** The token that the Authorization header holds or, where there is no such header, the session cookie. */
  readonly bearer: string | undefined;
  /** `undefined` where cookies are off, and where the request neither brings one nor asks for one. */
  readonly cookie: SessionCookie | undefined;
  /** The network that the request came from, as limits count: an IPv4 address, or the /64 of an IPv6 address. */
  network(): string;
  /** The address of the client in its one spelling; `unknown` where the connection is gone. */
  address(): string;
  /** The `User-Agent` header without control characters, at most 512 characters; `undefined` where it says nothing. */
  userAgent(): string | undefined;
  /** The language of messages for people, by `Accept-Language`. */
  language(): Language;
  /** The random id that a client keeps for its device, by `Latchkey-Device`: 16 to 128 printable ASCII characters. */
  device(): string | undefined;
}
