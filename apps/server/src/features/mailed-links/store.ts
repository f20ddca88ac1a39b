import type { Change } from "../../database/change.js";

/** A mailed link, without its secret. */
export interface MailedLink {
  /** SHA-256 of the secret. */
  readonly hash: string;
  /** The name of the link's purpose. */
  readonly purpose: string;
  /** The uuid of the account; an invitation's is the uuid that its account will have. */
  readonly subject: string;
  /** The account's session epoch when the link was made. */
  readonly epoch: number;
  /** The address that it was mailed to. */
  readonly email: string;
  /** The session that asked for it and that it ends with; `null` if it ends with none. */
  readonly sessionId: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Keeps mailed links. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface MailedLinkStore {
  /** Adds a link, replacing the account's link for the same purpose; adds none if the account is gone. */
  insert(link: MailedLink): Promise<void>;
  /** The same in the transaction of another change; whether there is an account is not asked. */
  insertion(link: MailedLink): Change;
  find(hash: string): Promise<MailedLink | undefined>;
  /**
   * Deletes a link in the transaction of another change, which is refused (`ChangeRefused`) if the link is
   * gone: of many at once exactly one is committed.
   */
  taking(hash: string): Change;
  /** Deletes all links of an account, or the one for the given purpose, in another change's transaction. */
  deletionOf(subject: string, purpose?: string): Change;
  /** The same for links that end with these sessions. */
  deletionOfSessions(sessionIds: readonly string[]): Change;
  /** Deletes up to `limit` links that have expired or are from the future. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
