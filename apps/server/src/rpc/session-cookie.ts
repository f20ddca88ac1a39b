/** The cookie that keeps a session's token where no script can read it, as one request has to do with it. */
export interface SessionCookie {
  /** The token that the request brought in it; `undefined` where the caller only asks for a cookie. */
  readonly token: string | undefined;
  /** Whether a new token may be put in it: the request comes from a page that may, and its answer can carry a cookie. */
  readonly open: boolean;
  /** What the answer sets, as the value of `Set-Cookie`; nothing until `keep` or `drop` was called. */
  readonly answer: string | undefined;
  /** Has the answer put this token in the cookie. */
  keep(token: string): void;
  /** Has the answer delete the cookie. */
  drop(): void;
}
