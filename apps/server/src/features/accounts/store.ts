import type { Change, ChangeOf } from "../../database/change.js";
import type { Awaitable } from "../../world/awaitable.js";
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
  // Absent fields get the defaults of an ordinary account: enabled, no administrator, nothing chosen, nothing
  // confirmed.
  Partial<
    Pick<
      UserRecord,
      "disabled" | "disabledReason" | "role" | "language" | "emailVerifiedAtMs" | "mustChangePassword"
    >
  >;

/** Which of an account's names belong to another account. */
export interface Taken {
  readonly email: boolean;
  readonly username: boolean;
}

/** Keeps accounts. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface AccountStore {
  /**
   * Inserts the account with its personal data, or says which name is taken: of many at once exactly one is
   * inserted.
   */
  insert(
    account: NewAccount,
    also?: ChangeOf<Account>,
  ): Promise<{ readonly inserted: Account } | { readonly taken: Taken }>;
  taken(keys: { readonly emailKey: string; readonly usernameKey: string }): Promise<Taken>;
  findByUuid(uuid: string): Awaitable<Account | undefined>;
  findByEmailKey(key: string): Promise<Account | undefined>;
  findByUsernameKey(key: string): Promise<Account | undefined>;
  /** Replaces the hash by another hash of the same password, unless it has been replaced since. */
  renewHash(id: number, change: HashChange): Promise<void>;
  /**
   * Sets all values, or none and says why. Of many simultaneous changes with the same condition exactly one
   * wins.
   */
  change(id: number, change: AccountChange, also?: ChangeOf<BeforeAndAfter>): Promise<Changed>;
  /**
   * Writes nothing, but refuses the change that it is committed with (`ChangeRefused`) if the account is gone or
   * its epoch is another one.
   */
  requiring(account: Pick<Account, "id" | "sessionEpoch">): Change;
  /**
   * Deletes the account with everything that belongs to it, or says why not. What goes with it is written
   * first, while its rows are still there.
   */
  delete(uuid: string, also?: ChangeOf<Account>): Promise<"deleted" | "gone" | "last admin">;
  /** The form in which the keys of all accounts are, as far as that is possible (`keys.ts`). */
  keyForm(): Promise<number>;
  /** Resolves to whether it was another one before: of many simultaneous calls exactly one finds that. */
  setKeyForm(form: number): Promise<boolean>;
  /**
   * Accounts whose address has a key that is not ASCII, or whose username has one with a blank other than
   * U+0020 or with two in a row, in the order of insertion, after a given `id`.
   */
  listUnusual(page: { readonly afterId: number; readonly limit: number }): Promise<readonly Keyed[]>;
  /**
   * Replaces both keys of an account, unless they have changed since; resolves to the account that has one of
   * the new keys already, if there is one: then nothing is changed.
   */
  replaceKeys(account: Keyed, keys: Keys): Promise<Pick<Keyed, "uuid"> | undefined>;
  /**
   * Raises the epoch of every account, which ends all sessions. For a database that no server is using:
   * nothing that depends on an epoch is told. Resolves to the number of accounts.
   */
  endAllSessions(): Promise<number>;
  /** How many administrators can sign in; for diagnosis of the database. */
  countActingAdmins(): Promise<number>;
}

/** The keys by which an account's names are compared. */
export type Keys = Pick<UserRecord, "emailKey" | "usernameKey">;

/** An account with the keys of its names. */
export type Keyed = Pick<UserRecord, "id" | "uuid" | "email" | "username"> & Keys;

/** An account before and after a change. */
export interface BeforeAndAfter {
  readonly before: Account;
  readonly after: Account;
}

/** Names for an account. Absent ones stay as they are, but a username that is the address follows it. */
export interface NewNames {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
}

/** A change of an account. Disabling it and changing its role also end all sessions, in the same step. */
export interface AccountChange {
  /** Absent fields stay as they are. */
  readonly values: Partial<Omit<NewAccount, "uuid" | "createdAtMs" | keyof NewNames | keyof Keys>>;
  /** What becomes of the other name and of the keys is decided on the account as it is then. */
  readonly names?: NewNames | undefined;
  /**
   * Becomes the account's `updatedAtMs`, or the old value plus one if that is later: two changes never leave
   * the same time.
   */
  readonly atMs: number;
  /** Changes nothing unless the account's `updatedAtMs` equals this. */
  readonly ifUpdatedAtMs?: number;
  /** Changes nothing if what it sets has another value by now than in this account, which its author read. */
  readonly ifSameFieldsAs?: Account;
  /** Changes nothing unless the account's session epoch equals this. */
  readonly ifEpoch?: number;
  /** Changes nothing unless the account's address equals this, character by character. */
  readonly ifEmail?: string;
  /** Changes nothing unless the account's password hash equals this. */
  readonly ifHash?: string;
  /** Changes nothing if the account is disabled. */
  readonly ifEnabled?: true;
  /** Ends all sessions. */
  readonly endsSessions?: true;
  /**
   * The set of its second factors changes: it gets another generation, or 0 if none `remain`. Changes nothing
   * unless the generation equals `ifGeneration`.
   */
  readonly factors?: { readonly remain: boolean; readonly ifGeneration?: number | undefined } | undefined;
}

/**
 * The result of a change. Of many simultaneous ones that would leave no enabled administrator, the last one
 * is refused.
 */
export type Changed =
  | { readonly changed: Account }
  | { readonly taken: Taken }
  | { readonly refused: "gone" | "changed meanwhile" | "last admin" | "foreign address" };

export interface HashChange {
  readonly from: string;
  readonly to: string;
}
