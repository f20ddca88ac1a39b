import type { Rpc } from "./api.generated.js";
import type { Kept, KeptToken } from "./kept.js";

/** In whose name a request is sent: a session's, nobody's, or (`"entering"`) that of whoever is about to have one. */
export type Sender = Kept | "entering" | undefined;

/** How a session is kept: what a client stores of its token, and how a request says whose it is. */
export interface Keeper {
  /** Whether the browser has one session for all: then requests can be sent in the name of its latest only. */
  readonly isShared: boolean;
  /** What is stored of a token that was received; empty where the server has put it in a cookie. */
  keep(token: string): KeptToken;
  /** How a request is sent. */
  request(sender: Sender): {
    readonly headers: Readonly<Record<string, string>>;
    readonly credentials?: NonNullable<RequestInit["credentials"]>;
  };
  /** Exchanges a session's token; `procedures` are called in its name. */
  exchange(procedures: Rpc, kept: Kept): Promise<KeptToken>;
}

/** Keeps the token itself and sends it as a bearer token. */
export const tokenKeeper: Keeper = {
  isShared: false,
  keep: (token) => ({ token, lifetimeMs: lifetimeMsOf(token) }),
  request: (sender) => ({
    headers: typeof sender === "object" ? { Authorization: `Bearer ${sender.token}` } : {},
  }),
  async exchange(procedures, { key }) {
    const { access_token } = await procedures.users.refreshToken.mutate({ idempotencyKey: key });
    return tokenKeeper.keep(access_token);
  },
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
