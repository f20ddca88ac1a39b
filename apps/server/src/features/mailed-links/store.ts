import type { Change } from "../../database/change.js";

/** A mailed link, without its secret. */
export interface MailedLink {
  /** SHA-256 of the secret. */
  readonly hash: string;
  /** The name of the link's purpose. */
  readonly purpose: string;
  /** The account's uuid. */
  readonly subject: string;
  /** The account's session epoch when the link was made. */
  readonly epoch: number;
  /** The address that it was mailed to. */
  readonly email: string;
  readonly expiresAtMs: number;
}

/** Keeps mailed links. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface MailedLinkStore {
  /** Adds a link, replacing the account's link for the same purpose; adds none if the account is gone. */
  insert(link: MailedLink): Promise<void>;
  find(hash: string): Promise<MailedLink | undefined>;
  /** Deletes all links of an account, or the one for the given purpose. */
  deleteOf(subject: string, purpose?: string): Promise<void>;
  /** The same in the transaction of another change. */
  deletionOf(subject: string, purpose?: string): Change;
  /** Deletes up to `limit` expired links. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
