import type { ChangeOf } from "../../database/change.js";
import type { Account, UserRecord } from "./user.js";

export type { Account, AccountLanguage, Role } from "./user.js";

/** An account to be inserted. */
export type NewAccount = Pick<
  UserRecord,
  | "uuid"
  | "email"
  | "emailKey"
  | "username"
  | "usernameKey"
  | "hashedPassword"
  | "createdAtMs"
  | "firstName"
  | "lastName"
  | "phoneNumber"
> &
  // What is absent is as for an ordinary account: enabled, no administrator, nothing chosen, nothing shown.
  Partial<
    Pick<
      UserRecord,
      "disabled" | "disabledReason" | "role" | "language" | "emailVerifiedAtMs" | "mustChangePassword"
    >
  >;

/** Which of an account's names belong to another already. */
export interface Taken {
  readonly email: boolean;
  readonly username: boolean;
}

/** Keeps accounts. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface AccountStore {
  /** Inserts the account with its personal data, or says what is taken: of many at once exactly one is inserted. */
  insert(
    account: NewAccount,
    also?: ChangeOf<Account>,
  ): Promise<{ readonly inserted: Account } | { readonly taken: Taken }>;
  taken(keys: { readonly emailKey: string; readonly usernameKey: string }): Promise<Taken>;
  findByUuid(uuid: string): Promise<Account | undefined>;
  findByEmailKey(key: string): Promise<Account | undefined>;
  findByUsernameKey(key: string): Promise<Account | undefined>;
  /** Replaces the hash by another of the same password, unless it was replaced meanwhile. */
  renewHash(id: number, change: HashChange): Promise<void>;
  /** Sets values, all or none of them, or says why not. Of many at once that name the same condition exactly one wins. */
  change(id: number, change: AccountChange, also?: ChangeOf<BeforeAndAfter>): Promise<Changed>;
  /** Deletes the account with all that belongs to it, or says why not. */
  delete(uuid: string, also?: ChangeOf<Account>): Promise<"deleted" | "gone" | "last admin">;
  /** How many administrators can sign in, for an examination of the database. */
  countActingAdmins(): Promise<number>;
}

/** An account before and after a change. */
export interface BeforeAndAfter {
  readonly before: Account;
  readonly after: Account;
}

/** What of an account is changed. Disabling and another role end all sessions in the same step. */
export interface AccountChange {
  /** What is absent stays. */
  readonly values: Partial<Omit<NewAccount, "uuid" | "createdAtMs">>;
  /** The account's `updatedAtMs` from then on, or one more than it was: two changes never leave the same. */
  readonly atMs: number;
  /** Changes nothing unless this is the account's `updatedAtMs`. */
  readonly ifUpdatedAtMs?: number;
  /** Changes nothing unless this is the account's session epoch. */
  readonly ifEpoch?: number;
  /** Changes nothing unless this is, to the letter, the account's address. */
  readonly ifEmail?: string;
  /** Changes nothing unless this is the account's password hash. */
  readonly ifHash?: string;
  /** Changes nothing if the account is disabled. */
  readonly ifEnabled?: true;
  /** Ends all sessions. */
  readonly endsSessions?: true;
}

/** What a change came to. Of many at once that would leave no enabled administrator, the last one is refused. */
export type Changed =
  | { readonly changed: Account }
  | { readonly taken: Taken }
  | { readonly refused: "gone" | "changed meanwhile" | "last admin" };

export interface HashChange {
  readonly from: string;
  readonly to: string;
}
