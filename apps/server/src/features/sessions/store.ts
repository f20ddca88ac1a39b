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
  /** When it ends in any case. */
  readonly expiresAtMs: number;
  /** Whether it was ever refreshed with an idempotency key. */
  readonly keyed: boolean;
  readonly revokedAtMs: number | null;
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

/** An id (`jti` or `sid`) that must not be accepted before `endsAtMs`. */
export interface Revocation {
  readonly id: string;
  readonly endsAtMs: number;
}

/** Keeps sessions and revocations. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface SessionStore {
  insert(session: Session): Promise<void>;
  find(id: string): Promise<Session | undefined>;
  /** Exchanges the token if it is the live one of a session that is not revoked: of many at once exactly one wins. */
  exchange(exchange: Exchange): Promise<boolean>;
  findExchanged(tokenId: string): Promise<Exchanged | undefined>;
  /** Revokes a session; with `tokenId` only if that is its live token. `undefined` when there was nothing to revoke. */
  revoke(
    id: string,
    at: { readonly atMs: number; readonly tokenId?: string },
  ): Promise<Revocation | undefined>;
  /**
   * Revokes the sessions that a user began before the new epoch, but for one that is carried over into it.
   * Resolves to what was revoked.
   */
  revokeAll(
    userId: number,
    change: { readonly atMs: number; readonly newEpoch: number; readonly keepId?: string | undefined },
  ): Promise<readonly Revocation[]>;
  /** Everything that is revoked and would else be accepted, page by page in the order of ids. */
  listRevocations(page: {
    readonly afterId: string;
    readonly limit: number;
    readonly nowMs: number;
  }): Promise<readonly Revocation[]>;
  /** Deletes up to `limit` sessions and as many revocations that are over. Resolves to how many rows went. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
