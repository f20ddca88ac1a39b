import type { SessionToken } from "../../session-token.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account } from "../accounts/service.js";
import type { Claims } from "../tokens/service.js";
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

/** Whether a session still stands for its account. */
export function isLive(session: Session, account: Account, nowMs: number): boolean {
  return (
    session.userId === account.id &&
    session.revokedAtMs === null &&
    session.epoch === account.sessionEpoch &&
    session.expiresAtMs > nowMs &&
    !account.disabled
  );
}

/** The claims of a session's next token; it never outlives the session. */
export function nextClaims(
  account: Pick<Account, "uuid" | "username" | "role">,
  session: Pick<Session, "id" | "expiresAtMs">,
  { nowMs, lifetimeMs }: { readonly nowMs: number; readonly lifetimeMs: number },
): Claims {
  const iat = Math.floor(nowMs / 1000);
  const lifetimeSeconds = Math.max(1, Math.round(lifetimeMs / 1000));
  const exp = Math.min(iat + lifetimeSeconds, Math.floor(session.expiresAtMs / 1000));
  const claims = {
    sub: account.uuid,
    username: account.username,
    iat,
    exp,
    jti: timeOrderedId(nowMs),
    sid: session.id,
  };
  return account.role === "admin" ? { ...claims, role: account.role } : claims;
}

/** Until when a token must be remembered: as long as it could be exchanged or used. */
export function tokenEndMs({ iat, exp }: Claims, { refreshWindowMs }: Lifetimes): number {
  return Math.max(iat * 1000 + refreshWindowMs, exp * 1000);
}

/** THE one place where a token becomes one of a session. */
export function issued(token: string, { iat, exp }: Claims): Issued {
  // Safe: called by admission and by the exchange of tokens only.
  return { token: token as SessionToken, expiresInMinutes: Math.max(1, Math.floor((exp - iat) / 60)) };
}
