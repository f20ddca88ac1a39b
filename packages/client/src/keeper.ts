import { tokenIn } from "./answers.js";
import type { Rpc } from "./api.generated.js";
import type { Kept, KeptToken } from "./kept.js";

/**
 * On whose behalf a request is sent: a session's, no one's, or (`"entering"`) that of a user who is about to
 * sign in.
 */
export type Sender = Kept | "entering" | undefined;

/** How a session is kept: what a client stores of its token, and how a request is authenticated. */
export interface Keeper {
  /** Whether the browser has one session for all tabs: then requests can only be sent with the latest one. */
  readonly isShared: boolean;
  /** What is stored of a token that was received; empty if the server has put it in a cookie. */
  keep(token: string): KeptToken;
  /** How a request is sent. */
  request(sender: Sender): {
    readonly headers: Readonly<Record<string, string>>;
    readonly credentials?: NonNullable<RequestInit["credentials"]>;
  };
  /**
   * Exchanges a session's token; `as` returns the procedures, called on a sender's behalf. With a `user` other
   * than the session's, the cookie holds that user's session instead.
   */
  exchange(as: (sender: Sender) => Rpc, kept: Kept): Promise<KeptToken>;
}

/** Keeps the token itself and sends it as a bearer token. */
export const tokenKeeper: Keeper = {
  isShared: false,
  keep: (token) => ({ token, lifetimeMs: lifetimeMsOf(token) }),
  request: (sender) => ({
    headers: typeof sender === "object" ? { Authorization: `Bearer ${sender.token}` } : {},
  }),
  async exchange(as, kept) {
    const next = await as(kept).users.refreshToken.mutate({ idempotencyKey: kept.key });
    return tokenKeeper.keep(tokenIn(next?.access_token));
  },
};

/** How long a token is valid from its issue, by its own claims. The device's clock plays no part in this. */
function lifetimeMsOf(token: string): number | undefined {
  try {
    const [, claims = ""] = token.split(".");
    const { iat, exp } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
    return exp > iat ? (exp - iat) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
