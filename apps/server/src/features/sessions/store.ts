import type { Change, ChangeOf } from "../../database/change.js";

/** What stands behind the tokens of one sign-in. Exactly one token of a session is alive at a time. */
export interface Session {
  readonly id: string;
  readonly userId: number;
  /** The account's session epoch when it began; the session is over when the account's differs. */
  readonly epoch: number;
  /** The `jti` of the one token that is alive. */
  readonly tokenId: string;
  /** Until when that token can be exchanged. */
  readonly tokenEndsAtMs: number;
  readonly createdAtMs: number;
  /** When a request last came in it, as far as that was written down. */
  readonly lastSeenAtMs: number;
  /** When the password was last given in it: at the sign-in, or when its user confirmed something since. */
  readonly confirmedAtMs: number;
  /** What the client called itself at the sign-in. */
  readonly userAgent: string | null;
  /** The network address of the sign-in. */
  readonly address: string;
  /** When it ends in any case. */
  readonly expiresAtMs: number;
  /** Whether it was ever refreshed with an idempotency key. */
  readonly keyed: boolean;
  readonly revokedAtMs: number | null;
  /** Whether it was revoked because its token was taken for stolen. */
  readonly stolen: boolean;
}

/** A token that was exchanged, and what followed it. */
export interface Exchanged {
  readonly atMs: number;
  /** SHA-256 of the idempotency key, where there was one. */
  readonly keyHash: string | null;
  /** The successor, sealed with the idempotency key. */
  readonly sealedSuccessor: string | null;
}

/** A token takes another's place. */
export interface Exchange {
  readonly sessionId: string;
  readonly fromTokenId: string;
  readonly fromEndsAtMs: number;
  readonly toTokenId: string;
  readonly toEndsAtMs: number;
  readonly atMs: number;
  readonly keyHash?: string;
  readonly sealedSuccessor?: string;
}

/** That a request came in a session. */
export interface Seen {
  readonly id: string;
  readonly atMs: number;
}

/** An id (`jti` or `sid`) that must not be accepted before `endsAtMs`. */
export interface Revocation {
  readonly id: string;
  readonly endsAtMs: number;
}

/** Which of a user's sessions are revoked. */
export interface RevocationOfAll {
  readonly atMs: number;
  /** Only those that began before this epoch; the one to be kept is carried over into it. */
  readonly newEpoch?: number;
  /** The one to be kept. */
  readonly keepId?: string | undefined;
}

/** Keeps sessions and revocations. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface SessionStore {
  /**
   * Begins a session. Of a user who then has more than `perUser` rows, those that were ended are deleted first, and then
   * those that were seen the longest ago. Begins none where the user was deleted meanwhile.
   */
  insert(session: Session, perUser: number, also?: Change): Promise<void>;
  /** The same in the transaction of another change, such as the insertion of the user. */
  insertion(session: Session, perUser: number): Change;
  find(id: string): Promise<Session | undefined>;
  /** The sessions of a user that are neither revoked nor over, those that were seen last first. */
  listOf(
    userId: number,
    alive: { readonly epoch: number; readonly nowMs: number },
  ): Promise<readonly Session[]>;
  /** Notes when sessions were last seen; never puts one back in time. */
  see(seen: readonly Seen[]): Promise<void>;
  /** Notes that the password was given. `false` where the session is revoked or gone. */
  confirm(id: string, atMs: number): Promise<boolean>;
  /**
   * Exchanges the token if it is the live one of a session that is not revoked: of many at once exactly one wins. The
   * session is seen by it.
   */
  exchange(exchange: Exchange): Promise<boolean>;
  findExchanged(tokenId: string): Promise<Exchanged | undefined>;
  /**
   * Revokes a session; with `tokenId` only if that is its live token, with `userId` only if it is that user's.
   * `stolen` is kept as the reason. `undefined` when there was nothing to revoke.
   */
  revoke(
    id: string,
    at: {
      readonly atMs: number;
      readonly tokenId?: string;
      readonly userId?: number;
      readonly stolen?: true;
    },
    also?: Change,
  ): Promise<Revocation | undefined>;
  /**
   * Revokes a user's sessions but for the one to be kept; with `newEpoch` only those that began before it, and the kept
   * one is carried over into it. Resolves to what was revoked.
   */
  revokeAll(
    userId: number,
    change: RevocationOfAll,
    also?: ChangeOf<readonly Revocation[]>,
  ): Promise<readonly Revocation[]>;
  /** The same in the transaction of another change; what was revoked is known when that is committed. */
  revocationOf(
    userId: number,
    change: RevocationOfAll,
  ): { readonly change: Change; revoked(): readonly Revocation[] };
  /** Everything that is revoked and would else be accepted, page by page in the order of ids. */
  listRevocations(page: {
    readonly afterId: string;
    readonly limit: number;
    readonly nowMs: number;
  }): Promise<readonly Revocation[]>;
  /** Deletes up to `limit` sessions and as many revocations that are over. Resolves to how many rows went. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
