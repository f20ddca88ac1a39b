import { isUser } from "./answers.js";
import type { AuthUser } from "./api.generated.js";
import { isRandomId, randomId } from "./random.js";
import type { SignOutReason } from "./state.js";

/** A session as it is stored. */
export interface Kept {
  /** Random, the same from sign-in to sign-out: how tabs identify a session to each other. Not a secret. */
  readonly id: string;
  /**
   * How often its token has been exchanged: of two tokens of a session, the one with the higher number is
   * valid.
   */
  readonly turn: number;
  /**
   * The idempotency key for exchanging its token, created when the token was received. All tabs use this one
   * key, and so all get the same successor. As secret as the token.
   */
  readonly key: string;
  /** The bearer token; absent if a cookie holds it. */
  readonly token?: string | undefined;
  /** How long its token is valid, according to the server; absent if unknown. */
  readonly lifetimeMs?: number | undefined;
  /** When its token was received, by the clock of this device. */
  readonly receivedAtMs: number;
  readonly user: AuthUser;
}

/** What each new token changes in a session; `user` only if it had to be asked for. */
export type KeptToken = Pick<Kept, "token" | "lifetimeMs"> & Partial<Pick<Kept, "user">>;

/** A new session, or one that continues (`before`) with a token received just now. */
export function keptNow(
  token: KeptToken,
  user: AuthUser,
  now: { receivedAtMs: number; before?: Kept },
): Kept {
  const { receivedAtMs, before } = now;
  const of = before ? { id: before.id, turn: before.turn + 1 } : { id: randomId(), turn: 0 };
  return { ...of, key: randomId(), receivedAtMs, user, ...token };
}

/**
 * Whether two have the same token. Their keys may differ for a moment, until all tabs have seen what was
 * stored last.
 */
export function isSameToken(one: Kept | undefined, other: Kept | undefined): boolean {
  return one?.id === other?.id && one?.turn === other?.turn;
}

/**
 * What is stored in place of a session that ended without its user signing out. Other tabs may read the storage
 * before they get a message, and must know the reason too.
 */
export interface Ended {
  /** The session's id. */
  readonly ended: string;
  readonly reason: SignOutReason;
}

/** Reads why the stored session is over; `undefined` if that is not what is stored. */
export function readEnded(text: string | null): Ended | undefined {
  // Safe: what is used is checked.
  const found = parsed(text) as Partial<Ended> | null | undefined;
  const { ended, reason } = found ?? {};
  return isRandomId(ended) && (reason === "expired" || reason === "revoked" || reason === "stolen")
    ? { ended, reason }
    : undefined;
}

/** Reads a stored session; `undefined` if it is not one. */
export function readKept(text: string | null): Kept | undefined {
  // Safe: everything that the client uses is checked.
  const kept = parsed(text) as Kept | null | undefined;
  return kept && isWhole(kept) ? kept : undefined;
}

/** The JSON that was stored; `undefined` if it is damaged. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

/** Damaged storage must not make every request fail: without a session its user can at least sign in. */
function isWhole({ id, turn, key, token, lifetimeMs, receivedAtMs, user }: Kept): boolean {
  return (
    typeof id === "string" &&
    Number.isFinite(turn) &&
    isRandomId(key) &&
    (token === undefined || /^[\w.-]+$/.test(token)) &&
    (lifetimeMs === undefined || Number.isFinite(lifetimeMs)) &&
    Number.isFinite(receivedAtMs) &&
    isUser(user)
  );
}
