/** How one request uses the cookie that keeps a session's token where no script can read it. */
export interface SessionCookie {
  /** The token that the request brought in the cookie; `undefined` if the caller only asks for a cookie. */
  readonly token: string | undefined;
  /**
   * Whether a new token may be put in it: the request comes from an allowed page, and the response can carry
   * a cookie.
   */
  readonly open: boolean;
  /** The value of `Set-Cookie` in the response; nothing until `keep` or `drop` is called. */
  readonly answer: string | undefined;
  /** Makes the response set the cookie to this token. */
  keep(token: string): void;
  /** Makes the response delete the cookie. */
  drop(): void;
}
