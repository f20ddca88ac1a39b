import { isFromFuture, stillLasts } from "../../world/times.js";
import type { UserRecord } from "../accounts/service.js";
import type { Claims } from "../tokens/service.js";
import type { Exchanged, Session, SessionOwner } from "./store.js";

/*
 * Decided in SQL as well, because it is needed at every refresh and logout and must be one statement. Of many
 * at once exactly one finds the row in the required state:
 * - A token is exchanged if it is the session's and the session is not revoked. Exchanging it counts as
 *   seeing the session, and a session that was once exchanged with an idempotency key stays `keyed`.
 * - A session is revoked if it is not revoked yet and, if that is asked for, the token is its own and the
 *   user its owner.
 * - The time when a session was last seen never goes back, unless it is from the future.
 * - If a user has too many sessions, those that were revoked or are from the future are deleted first, and then
 *   those seen least recently. A contested session is deleted when a new one begins with the same user agent:
 *   the owner, who was refused, has signed in again, and the client that continues the old session is a
 *   thief's. Clients that send no user agent count as one: at worst, one of them must sign in again.
 */

/** THE answer to whether a session is alive, for its account as it is now. */
export function isLive(
  session: Pick<Session, "userId" | "revokedAtMs" | "epoch" | "createdAtMs" | "expiresAtMs">,
  { id, sessionEpoch, disabled }: SessionOwner,
  nowMs: number,
): boolean {
  return (
    session.userId === id &&
    session.revokedAtMs === null &&
    session.epoch === sessionEpoch &&
    session.expiresAtMs > nowMs &&
    // One from the future would last longer than it should.
    !isFromFuture(session.createdAtMs, nowMs) &&
    !disabled
  );
}

/** Whether a live session has a token that can still be used: without one it cannot be continued. */
export function hasUsableToken({ tokenEndsAtMs }: Pick<Session, "tokenEndsAtMs">, nowMs: number): boolean {
  return tokenEndsAtMs > nowMs;
}

/** How long after the password was given its session may do what requires a recent password. */
const RECENT_MS = 10 * 60_000;

export function isRecent({ confirmedAtMs }: Pick<Session, "confirmedAtMs">, nowMs: number): boolean {
  return stillLasts({ beganAtMs: confirmedAtMs, lengthMs: RECENT_MS }, nowMs);
}

/**
 * Whether the owner has proved within that time who they are: with a second factor if the account has one, otherwise
 * with the password, or whatever they signed in with.
 */
export function isConfirmed(
  { confirmedAtMs, factorAtMs }: Pick<Session, "confirmedAtMs" | "factorAtMs">,
  { factorGeneration }: Pick<UserRecord, "factorGeneration">,
  nowMs: number,
): boolean {
  if (factorGeneration === 0) return isRecent({ confirmedAtMs }, nowMs);
  return factorAtMs !== null && isRecent({ confirmedAtMs: factorAtMs }, nowMs);
}

/** A passkey that has verified its user is two factors in one. */
const TWO_IN_ONE = "hwk";

/** Whether the methods of a session are two factors. */
export function isTwoFactors(methods: readonly string[]): boolean {
  return methods.includes(TWO_IN_ONE) || new Set(methods).size > 1;
}

/**
 * What a session's tokens say of how its user proved who they are. Nothing for a password alone: the tokens of
 * accounts that know nothing else stay as they are.
 */
export function authenticationOf({
  methods,
  createdAtMs,
  confirmedAtMs,
  factorAtMs,
}: Pick<Session, "methods" | "createdAtMs" | "confirmedAtMs" | "factorAtMs">): Pick<
  Claims,
  "amr" | "auth_time" | "acr"
> {
  if (methods === "pwd") return {};
  const given = methods.split(" ");
  const isTwo = isTwoFactors(given);
  const latestMs = Math.max(createdAtMs, confirmedAtMs, factorAtMs ?? 0);
  return {
    amr: isTwo ? [...given, "mfa"] : given,
    auth_time: Math.floor(latestMs / 1000),
    acr: isTwo ? "2fa" : "1fa",
  };
}

/** A session's methods together with others, each once. */
export function withMethods({ methods }: Pick<Session, "methods">, others: readonly string[]): string {
  return [...new Set([...methods.split(" "), ...others])].join(" ");
}

/** When a session was last seen, of the times that are known: none from the future counts. */
export function lastSeenMs(
  { createdAtMs, lastSeenAtMs }: Pick<Session, "createdAtMs" | "lastSeenAtMs">,
  notedAtMs: number | undefined,
  nowMs: number,
): number {
  const known = [createdAtMs, lastSeenAtMs, notedAtMs ?? 0];
  return Math.max(0, ...known.filter((atMs) => !isFromFuture(atMs, nowMs)));
}

type Times = Pick<Claims, "iat" | "exp">;

/**
 * From when until when a session's next token can be used, in whole seconds; it never outlives the session.
 */
export function tokenTimes(
  { expiresAtMs }: Pick<Session, "expiresAtMs">,
  { nowMs, lifetimeMs }: { readonly nowMs: number; readonly lifetimeMs: number },
): Times {
  const iat = Math.floor(nowMs / 1000);
  const lifetimeSeconds = Math.max(1, Math.round(lifetimeMs / 1000));
  return { iat, exp: Math.min(iat + lifetimeSeconds, Math.floor(expiresAtMs / 1000)) };
}

/** Until when a token must be remembered: as long as it could be exchanged or used. */
export function tokenEndMs({ iat, exp }: Times, refreshWindowMs: number): number {
  return Math.max(iat * 1000 + refreshWindowMs, exp * 1000);
}

/** Whether a token is young enough to be exchanged, even if it can no longer be used. */
export function isExchangeable({ iat }: Pick<Times, "iat">, refreshWindowMs: number, nowMs: number): boolean {
  return stillLasts({ beganAtMs: iat * 1000, lengthMs: refreshWindowMs }, nowMs);
}

/** How long an exchange may be repeated with its idempotency key. */
const REPEAT_MS = 60_000;
/** An exchanged token that is presented again within this time is a race between its owner's own requests. */
const RACE_MS = 10_000;

interface Reuse {
  /** How the repetition's idempotency key compares: the exchange's, none at all in either, or another. */
  readonly key: "same" | "none" | "another";
  readonly nowMs: number;
  /** How long an exchange may be repeated in sessions that have never used idempotency keys. */
  readonly graceMs: number;
  /** Whether reuse also ends sessions that have never used idempotency keys. */
  readonly strict: boolean;
}

/**
 * What it means if an exchanged token is presented again: `repeat` gets the same successor, `theft` ends the
 * session. `contest`: two clients have the token, or one that does not repeat its key; it is refused, and the
 * session ends when its owner signs in again.
 */
export function judgeReuse(
  { atMs, sealedSuccessor }: Exchanged,
  { keyed }: Pick<Session, "keyed">,
  { key, nowMs, graceMs, strict }: Reuse,
): "repeat" | "refuse" | "contest" | "theft" {
  const ageMs = nowMs - atMs;
  // If the clock ran ahead at the exchange, that does not prolong it.
  const isWithin = (ms: number) => sealedSuccessor !== null && Math.abs(ageMs) <= ms;
  if (key === "same") return isWithin(REPEAT_MS) ? "repeat" : "refuse";
  if (key === "none" && !keyed && graceMs > 0 && isWithin(graceMs)) return "repeat";
  const raceMs = keyed ? RACE_MS : Math.max(RACE_MS, graceMs);
  const isRace = ageMs <= raceMs && !isFromFuture(atMs, nowMs);
  if (isRace) return keyed && key === "another" ? "contest" : "refuse";
  return keyed || strict ? "theft" : "refuse";
}
