/** How one request uses the cookie that keeps a session's token where no script can read it. */
export interface SessionCookie {
  /** The token that the request brought in the cookie; `undefined` if the caller only asks for a cookie. */
  readonly token: string | undefined;
  /**
   * Whether a new token may be put in it: the request comes from an allowed page, and the response can carry
   * a cookie.
   */
  readonly open: boolean;
  /** The secret of a trusted device that the request brought in a cookie of its own. */
  readonly device: string | undefined;
  /** The values of `Set-Cookie` in the response; none until something is kept or dropped. */
  readonly answers: readonly string[];
  /** Makes the response set the cookie to this token. */
  keep(token: string): void;
  /** Makes the response set the cookie of a trusted device to this secret. It outlives the session. */
  keepDevice(secret: string): void;
  /** Makes the response delete the session's cookie. */
  drop(): void;
}
