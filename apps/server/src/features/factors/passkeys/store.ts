import type { Change } from "../../../database/change.js";

/** The COSE algorithms of keys that are accepted: ES256, EdDSA with Ed25519, RS256. */
export type Algorithm = -7 | -8 | -257;

/** What is known of a passkey when it is made. */
export interface NewPasskey {
  /** The credential's id, base64url. */
  readonly id: string;
  /** The public key as SubjectPublicKeyInfo, base64url. */
  readonly spki: string;
  readonly algorithm: Algorithm;
  /** The domain that it was made for. */
  readonly rpId: string;
  readonly counter: number;
  /** Whether the authenticator has ever checked its user. */
  readonly isUserVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly aaguid: string;
}

/** A passkey of an account. */
export interface Passkey extends NewPasskey {
  readonly userId: number;
  /** Chosen by its owner. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

/** What a browser was asked, without the challenge itself. */
export interface Challenge {
  /** SHA-256 of the challenge. */
  readonly hash: string;
  readonly purpose: Purpose;
  /** The account that it was issued for; `null` if the passkey is to say whose it is. */
  readonly userId: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What a challenge counts for, and nothing else. */
export type Purpose = "signIn" | "factor" | "registration";

/** What an assertion changes. */
export interface Use {
  readonly counter: number;
  /** Whether the authenticator has checked its user; once it has, that it can is kept. */
  readonly isUserVerified: boolean;
  readonly backedUp: boolean;
  readonly usedAtMs: number;
}

/**
 * Keeps passkeys, and the challenges of ceremonies. Every method rejects with `UNAVAILABLE` while the
 * database cannot answer.
 */
export interface PasskeyStore {
  /**
   * Adds a passkey in the transaction of another change, which is refused (`ChangeRefused`) if there is one
   * with its id, of whichever account, or if the account has `most` already.
   */
  insertion(passkey: Passkey, most: number): Change;
  find(id: string): Promise<Passkey | undefined>;
  /** The passkeys of an account, the oldest first. */
  listOf(userId: number): Promise<readonly Passkey[]>;
  /** Resolves to whether the account has this passkey. */
  rename(userId: number, id: string, name: string): Promise<boolean>;
  /** Deletes one in the transaction of another change, which is refused (`ChangeRefused`) if it is gone. */
  deletionOf(userId: number, id: string): Change;
  /**
   * Notes a use. Resolves to `false`, and notes nothing, if the counter has not risen since the one that is
   * kept: of two uses with one counter exactly one is noted. A counter that stays at 0 always may.
   */
  use(id: string, use: Use): Promise<boolean>;
  /** Adds none if the account is gone. */
  addChallenge(challenge: Challenge): Promise<void>;
  /** Deletes a challenge and resolves to what it was: of many callers, to exactly one. */
  takeChallenge(hash: string): Promise<Challenge | undefined>;
  /** Deletes up to `limit` challenges that have expired or are from the future. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
