import type { AuthUser } from "./api.generated.js";
import { randomId } from "./random.js";

/** A session as it lies in storage. */
export interface Kept {
  /** Random, the same from sign-in to sign-out: how tabs name a session to each other. No secret. */
  readonly id: string;
  /** How often its token has been exchanged: of two tokens of a session the one with the higher number is alive. */
  readonly turn: number;
  /**
   * The idempotency key with which its token is exchanged, made when the token was received: all tabs exchange it with
   * this one key, and so get one and the same successor. Secret like the token.
   */
  readonly key: string;
  /** The bearer token; absent where a cookie holds it. */
  readonly token?: string | undefined;
  /** How long its token gives access, as the server counts it; absent where that is unknown. */
  readonly lifetimeMs?: number | undefined;
  /** When its token was received, by the clock of this device. */
  readonly receivedAtMs: number;
  readonly user: AuthUser;
}

/** What is new of a session with each token; of its user only where that had to be asked. */
export type KeptToken = Pick<Kept, "token" | "lifetimeMs"> & Partial<Pick<Kept, "user">>;

/** A session that begins, or goes on (`before`) with a token that was received just now. */
export function keptNow(
  token: KeptToken,
  user: AuthUser,
  now: { receivedAtMs: number; before?: Kept },
): Kept {
  const { receivedAtMs, before } = now;
  const of = before ? { id: before.id, turn: before.turn + 1 } : { id: randomId(), turn: 0 };
  return { ...of, key: randomId(), receivedAtMs, user, ...token };
}

/** Whether two have the same token; their keys may differ for a moment, until all tabs have seen what was stored last. */
export function isSameToken(one: Kept | undefined, other: Kept | undefined): boolean {
  return one?.id === other?.id && one?.turn === other?.turn;
}

/** Reads what lies in storage; `undefined` for what is no session. */
export function readKept(text: string | null): Kept | undefined {
  try {
    // Safe: only this client writes under its key, and what matters is looked at.
    const kept = JSON.parse(text ?? "null") as Kept | null;
    return kept?.key && kept.id && kept.user?.id ? kept : undefined;
  } catch {
    return undefined;
  }
}
