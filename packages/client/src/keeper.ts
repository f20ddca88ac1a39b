import type { Kept, KeptToken } from "./kept.js";

/** How a session is kept: what a client stores of its token, and how a request says whose it is. */
export interface Keeper {
  /** What is stored of a token that was received; empty where the server has put it in a cookie. */
  keep(token: string): KeptToken;
  /** How a request is sent in the name of a session, or of none. */
  request(kept: Kept | undefined): {
    readonly headers: Readonly<Record<string, string>>;
    readonly credentials?: NonNullable<RequestInit["credentials"]>;
  };
}

/** Keeps the token itself and sends it as a bearer token. */
export const tokenKeeper: Keeper = {
  keep: (token) => ({ token, lifetimeMs: lifetimeMsOf(token) }),
  request: (kept) => ({ headers: kept ? { Authorization: `Bearer ${kept.token}` } : {} }),
};

/** How long a token gives access from its issue on, by its own claims: the device's clock has no say in it. */
function lifetimeMsOf(token: string): number | undefined {
  try {
    const [, claims = ""] = token.split(".");
    const { iat, exp } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
    return exp > iat ? (exp - iat) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
