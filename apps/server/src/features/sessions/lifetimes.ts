import type { SessionToken } from "../../session-token.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account } from "../accounts/service.js";
import type { Claims } from "../tokens/service.js";
import { authenticationOf, tokenTimes } from "./rules.js";
import type { Session } from "./store.js";

/** A new token. */
export interface Issued {
  readonly token: SessionToken;
  /** The access lifetime, rounded down, but at least one. */
  readonly expiresInMinutes: number;
}

/** Lifetimes of tokens and sessions. */
export interface Lifetimes {
  /** For tokens from the users surface and from refresh. */
  readonly accessMs: number;
  /** For tokens from the auth surface. */
  readonly authMs: number;
  /** How long after its issue a token can be exchanged. */
  readonly refreshWindowMs: number;
  readonly sessionMs: number;
  /** How long a session lives without a request; `Infinity` if being idle does not end it. */
  readonly idleMs: number;
}

/** What a token says of its session. */
type ClaimedSession = Pick<
  Session,
  "id" | "expiresAtMs" | "methods" | "createdAtMs" | "confirmedAtMs" | "factorAtMs"
>;

/** The claims of a session's next token, which never outlives the session. */
export function nextClaims(
  account: Pick<Account, "uuid" | "username" | "role">,
  session: ClaimedSession,
  moment: {
    readonly nowMs: number;
    readonly lifetimeMs: number;
    /** The token's id, if it has one already. */
    readonly id?: string;
  },
): Claims {
  const claims = {
    sub: account.uuid,
    username: account.username,
    ...tokenTimes(session, moment),
    jti: moment.id ?? timeOrderedId(moment.nowMs),
    sid: session.id,
    ...authenticationOf(session),
  };
  return account.role === "admin" ? { ...claims, role: account.role } : claims;
}

/** THE one place where a token becomes a session's token. */
export function issued(token: string, { iat, exp }: Claims): Issued {
  // Safe: only admission and the exchange of tokens call this.
  return { token: token as SessionToken, expiresInMinutes: Math.max(1, Math.floor((exp - iat) / 60)) };
}
