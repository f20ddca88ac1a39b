import type { Change, ChangeOf } from "../../database/change.js";
import type { Awaitable } from "../../world/awaitable.js";

/** The session of one sign-in, to which tokens belong. Exactly one token of a session is alive at a time. */
export interface Session {
  readonly id: string;
  readonly userId: number;
  /**
   * The account's session epoch when the session began; the session is over if the account's is different.
   */
  readonly epoch: number;
  /** The `jti` of its live token. */
  readonly tokenId: string;
  /** Until when that token can be exchanged. */
  readonly tokenEndsAtMs: number;
  readonly createdAtMs: number;
  /** The time of the last request in it, as far as it was written down. */
  readonly lastSeenAtMs: number;
  /** When the password was last given in it: at sign-in, or when its user confirmed something later. */
  readonly confirmedAtMs: number;
  /** The client's user agent at sign-in. */
  readonly userAgent: string | null;
  /** The network address of the sign-in. */
  readonly address: string;
  /** When it ends at the latest. */
  readonly expiresAtMs: number;
  /** Whether it was ever refreshed with an idempotency key. */
  readonly keyed: boolean;
  /** Whether an exchanged token of it came at once with another key: two clients may have it. */
  readonly contested: boolean;
  readonly revokedAtMs: number | null;
  /** Whether it was revoked because its token was considered stolen. */
  readonly stolen: boolean;
  /** The methods by which its user signed in, separated by spaces, in the order in which they were given. */
  readonly methods: string;
  /** When a second factor was last given in it; `null` if none was. */
  readonly factorAtMs: number | null;
}

/** The fields of an account that its sessions depend on. */
export interface SessionOwner {
  readonly id: number;
  readonly sessionEpoch: number;
  readonly disabled: boolean;
}

/** A token that was exchanged, and its successor. */
export interface Exchanged {
  readonly atMs: number;
  /** SHA-256 of the idempotency key, if there was one. */
  readonly keyHash: string | null;
  /**
   * What the successor can be written from again (`successor.ts`), if the exchange may be repeated with the
   * idempotency key or the exchanged token.
   */
  readonly sealedSuccessor: string | null;
}

/** The replacement of a token by another. */
export interface Exchange {
  readonly sessionId: string;
  readonly fromTokenId: string;
  readonly fromEndsAtMs: number;
  readonly toTokenId: string;
  readonly toEndsAtMs: number;
  readonly atMs: number;
  readonly keyHash?: string | undefined;
  readonly sealedSuccessor?: string | undefined;
}

/** Records that a request used a session. */
export interface Seen {
  readonly id: string;
  readonly atMs: number;
}

/** An id (`jti` or `sid`) that must not be accepted before `endsAtMs`. */
export interface Revocation {
  readonly id: string;
  readonly endsAtMs: number;
}

/** A session that has just ended. */
export interface EndedSession extends Revocation {
  /** The client's user agent at sign-in. */
  readonly userAgent: string | null;
}

/** A session that ended because its time was over. */
export interface ExpiredSession extends EndedSession {
  /** The uuid of its account. */
  readonly subject: string;
}

/** What is written with a session that begins. */
export interface Beginning {
  readonly also?: Change | undefined;
  /** What is written with the sessions that have to end for it. */
  readonly evicting?: ChangeOf<readonly EndedSession[]> | undefined;
  /** The session begins only if the user's second factors are of this generation. */
  readonly ifGeneration?: number;
}

/** Which of a user's sessions to revoke. */
export interface RevocationOfAll {
  readonly atMs: number;
  /** Only sessions that began before this epoch; the one to keep is carried over into it. */
  readonly newEpoch?: number;
  /** The session to keep. */
  readonly keepId?: string | undefined;
}

/**
 * Keeps sessions and revocations. Every method rejects with `UNAVAILABLE` while the database cannot answer.
 */
export interface SessionStore {
  /**
   * Begins a session. Contested sessions of the user with the same user agent are deleted. If the user then
   * has more than `perUser` rows, sessions that were ended are deleted first, and then those seen least
   * recently. Begins none, and writes nothing, if the user was deleted, or got a later epoch or other second factors in the
   * meantime; resolves to whether it has begun.
   */
  insert(session: Session, perUser: number, beginning?: Beginning): Promise<boolean>;
  /** The same in the transaction of another change, such as the insertion of the user. */
  insertion(session: Session, perUser: number, beginning?: Beginning): Change;
  find(id: string): Awaitable<Session | undefined>;
  /** The live sessions of a user that can be continued, the most recently seen first. */
  listOf(owner: SessionOwner, nowMs: number): Promise<readonly Session[]>;
  /**
   * Notes when sessions were last seen; never moves a time back unless it is from the future. A password or a factor
   * that was given in the future was never given.
   */
  see(seen: readonly Seen[]): Promise<void>;
  /**
   * Notes that the password was given or, with its methods, a second factor, as `factorGiven` does. `false` if the
   * session is revoked or gone.
   */
  confirm(id: string, atMs: number, factor?: readonly string[]): Promise<boolean>;
  /**
   * Notes that a second factor was given, in the transaction of another change, which is refused (`ChangeRefused`) if
   * the session is revoked or gone. Methods that the session does not have yet are added to its own.
   */
  factorGiven(id: string, given: { readonly atMs: number; readonly methods: readonly string[] }): Change;
  /**
   * Exchanges the token if it is the live one of a session that is not revoked: of many at once exactly one
   * wins. It counts as seeing the session.
   */
  exchange(exchange: Exchange): Promise<boolean>;
  /** Notes that a session is contested. */
  contest(id: string): Promise<void>;
  findExchanged(tokenId: string): Promise<Exchanged | undefined>;
  /**
   * Revokes a session; with `tokenId` only if that is its live token, with `userId` only if it is that
   * user's. `stolen` is kept as the reason. `undefined` if there was nothing to revoke.
   */
  revoke(
    id: string,
    at: {
      readonly atMs: number;
      readonly tokenId?: string;
      readonly userId?: number;
      readonly stolen?: true;
    },
    also?: ChangeOf<EndedSession>,
  ): Promise<EndedSession | undefined>;
  /**
   * Revokes a user's sessions except the one to keep; with `newEpoch` only those that began before it, and
   * the kept one is carried over into it. Resolves to what was revoked.
   */
  revokeAll(
    userId: number,
    change: RevocationOfAll,
    also?: ChangeOf<readonly EndedSession[]>,
  ): Promise<readonly EndedSession[]>;
  /** The same in the transaction of another change. */
  revocationOf(userId: number, change: RevocationOfAll, also?: ChangeOf<readonly EndedSession[]>): Change;
  /** Everything that is revoked and would otherwise be accepted, page by page in the order of ids. */
  listRevocations(page: {
    readonly afterId: string;
    readonly limit: number;
    readonly nowMs: number;
  }): Promise<readonly Revocation[]>;
  /**
   * Deletes up to `limit` sessions and as many revocations that are over. A session is over if its token has
   * expired; and if the token would end after `latestEndMs` and was made after now: it was refused since the
   * clock was put right, and would come back to life when the clock reaches its time. `also` is made of those
   * sessions that had not been ended before. Resolves to the number of deleted rows.
   */
  deleteOver(
    bounds: { readonly nowMs: number; readonly latestEndMs: number; readonly limit: number },
    also?: ChangeOf<readonly ExpiredSession[]>,
  ): Promise<number>;
}
