import type { Change } from "../../database/change.js";

/** A mailed link, without its secret. */
export interface MailedLink {
  /** SHA-256 of the secret. */
  readonly hash: string;
  /** The name of what the link is for. */
  readonly purpose: string;
  /** The account's uuid. */
  readonly subject: string;
  /** The account's session epoch when it was made. */
  readonly epoch: number;
  /** The address that it was mailed to. */
  readonly email: string;
  readonly expiresAtMs: number;
}

/** Keeps mailed links. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface MailedLinkStore {
  /** Adds a link in place of the one that the account has for the same purpose; none where the account is gone. */
  insert(link: MailedLink): Promise<void>;
  find(hash: string): Promise<MailedLink | undefined>;
  /** Deletes all links of an account, or the one for one purpose. */
  deleteOf(subject: string, purpose?: string): Promise<void>;
  /** The same in the transaction of another change. */
  deletionOf(subject: string, purpose?: string): Change;
  /** Deletes up to `limit` links that are over. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
