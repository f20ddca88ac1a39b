import type { Language } from "@latchkey/contracts/kit/language";
import type { PendingAnswer } from "./answer.js";
import type { SessionCookie } from "./session-cookie.js";

/** What is known of a request when a procedure is called, over REST or tRPC. */
export interface Context {
  /** A trusted proxy's `X-Request-Id`, or an id of this process. */
  readonly requestId: string;
  /** A trusted proxy's trace context (W3C Trace Context). */
  readonly traceparent: string | undefined;
  /** The token from the Authorization header or, if there is no such header, from the session cookie. */
  readonly bearer: string | undefined;
  /** `undefined` if cookies are off, or if the request neither brings one nor asks for one. */
  readonly cookie: SessionCookie | undefined;
  /**
   * The network that the request came from, as limits count it: an IPv4 address, or the /64 of an IPv6
   * address.
   */
  network(): string;
  /** The site, as limits count it: an IPv4 address, or the /48 of an IPv6 address. */
  site(): string;
  /** The address of the client in its canonical spelling; `unknown` if the connection is gone. */
  address(): string;
  /** Whether the connection is closed, so that no answer can reach the client. */
  isGone(): boolean;
  /**
   * The `User-Agent` header without control characters, at most 512 characters; `undefined` if it is absent.
   */
  userAgent(): string | undefined;
  /** What is held of the answer until it has left. */
  readonly answer: PendingAnswer;
  /** The language of messages for people, from `Accept-Language`. */
  language(): Language;
  /**
   * The random id that a client keeps for its device, from `Latchkey-Device`: 16 to 128 printable ASCII
   * characters.
   */
  device(): string | undefined;
  /** A second factor that is given with a sign-in, from `Latchkey-Code`: at most 64 printable ASCII characters. */
  code(): string | undefined;
  /** The secret of a trusted device, from `Latchkey-Trusted-Device` or a cookie: 43 characters of base64url. */
  trustedDevice(): string | undefined;
}
