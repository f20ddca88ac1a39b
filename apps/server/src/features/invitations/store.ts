import type { Change, ChangeOf } from "../../database/change.js";
import type { AccountLanguage, Role } from "../accounts/service.js";

/** An invitation. Its link is kept among the mailed links. */
export interface Invitation {
  /** Sorts by time, and becomes the account's uuid. */
  readonly uuid: string;
  readonly email: string;
  /** The key by which addresses are compared. */
  readonly emailKey: string;
  readonly role: Role;
  readonly language: AccountLanguage | null;
  /** The uuid of the administrator who invited the person; `null` if the operator did. */
  readonly invitedBy: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Keeps invitations. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface InvitationStore {
  /** Adds an invitation, replacing an earlier one of the address; `also` is made of the replaced one. */
  insert(invitation: Invitation, also: ChangeOf<Invitation | undefined>): Promise<void>;
  find(uuid: string): Promise<Invitation | undefined>;
  findByEmailKey(key: string): Promise<Invitation | undefined>;
  /**
   * Those that can be accepted, the newest first, older than `before`: they have not expired, and only an
   * account that is an administrator and enabled, or the operator, has invited administrators.
   */
  list(page: {
    readonly before?: string | undefined;
    readonly nowMs: number;
    readonly limit: number;
  }): Promise<readonly Invitation[]>;
  /** Sets another end. `undefined` if there is no such invitation. */
  renew(uuid: string, expiresAtMs: number, also: Change): Promise<Invitation | undefined>;
  /** Resolves to whether there was such an invitation. */
  delete(uuid: string, also: Change): Promise<boolean>;
  /** Deletes an invitation with another change. */
  deletionOf(uuid: string): Change;
  /** Deletes the invitations that an account has made for a role, with another change; `also` is made of them. */
  deletionOfInviter(
    by: { readonly invitedBy: string; readonly role: Role },
    also: ChangeOf<readonly Invitation[]>,
  ): Change;
  /** Deletes up to `limit` expired invitations. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
