/** What a one-time secret lets its holder do. */
export type SecretPurpose = "recovery" | "verification" | "emailChange";

/** A one-time secret, without the secret. */
export interface StoredSecret {
  /** SHA-256 of the secret. */
  readonly hash: string;
  readonly purpose: SecretPurpose;
  /** The account's uuid. */
  readonly subject: string;
  /** The account's session epoch when it was made. */
  readonly epoch: number;
  /** The address that it was mailed to. */
  readonly email: string;
  readonly expiresAtMs: number;
}

/** Keeps one-time secrets. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface SecretStore {
  /** Adds a secret in place of the one that the account has for the same purpose; none where the account is gone. */
  insert(secret: StoredSecret): Promise<void>;
  find(hash: string): Promise<StoredSecret | undefined>;
  /** Deletes all secrets of an account, or the one for one purpose. */
  deleteOf(subject: string, purpose?: SecretPurpose): Promise<void>;
  /** Deletes up to `limit` secrets that are over. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
