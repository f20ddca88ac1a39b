import type { SessionToken } from "../../session-token.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account } from "../accounts/service.js";
import type { Claims } from "../tokens/service.js";
import { tokenTimes } from "./rules.js";
import type { Session } from "./store.js";

/** A token that was just made. */
export interface Issued {
  readonly token: SessionToken;
  /** The access lifetime, rounded down, but never to nothing. */
  readonly expiresInMinutes: number;
}

/** Lifetimes of tokens and sessions. */
export interface Lifetimes {
  /** Of tokens from the users surface and from refresh. */
  readonly accessMs: number;
  /** Of tokens from the auth surface. */
  readonly authMs: number;
  /** How long since its issue a token can be exchanged. */
  readonly refreshWindowMs: number;
  readonly sessionMs: number;
  /** How long a session lives without a request; `Infinity` where that does not end it. */
  readonly idleMs: number;
}

/** The claims of a session's next token; it never outlives the session. */
export function nextClaims(
  account: Pick<Account, "uuid" | "username" | "role">,
  session: Pick<Session, "id" | "expiresAtMs">,
  moment: { readonly nowMs: number; readonly lifetimeMs: number },
): Claims {
  const claims = {
    sub: account.uuid,
    username: account.username,
    ...tokenTimes(session, moment),
    jti: timeOrderedId(moment.nowMs),
    sid: session.id,
  };
  return account.role === "admin" ? { ...claims, role: account.role } : claims;
}

/** THE one place where a token becomes one of a session. */
export function issued(token: string, { iat, exp }: Claims): Issued {
  // Safe: called by admission and by the exchange of tokens only.
  return { token: token as SessionToken, expiresInMinutes: Math.max(1, Math.floor((exp - iat) / 60)) };
}
