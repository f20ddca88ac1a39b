/** What an account may do: an administrator may also look after other accounts. */
export type Role = "user" | "admin";

/** The languages in which users are written to. */
export type AccountLanguage = "en" | "zh-CN";

/**
 * All that is kept of a user. What is read, shown, exported or inserted is picked from it field by field, so
 * that a new secret gets nowhere by itself.
 */
export interface UserRecord {
  /** Rises in the order of insertion. */
  readonly id: number;
  /** The permanent public id, the subject of tokens. */
  readonly uuid: string;
  readonly email: string;
  /** What the address is compared by. */
  readonly emailKey: string;
  readonly username: string;
  /** What the username is compared by. */
  readonly usernameKey: string;
  /** A PHC string. */
  readonly hashedPassword: string;
  readonly disabled: boolean;
  /** Why an administrator disabled it: for other administrators. */
  readonly disabledReason: string | null;
  readonly role: Role;
  /** The language to write to the user in; `null` where none was chosen. */
  readonly language: AccountLanguage | null;
  /** When the address was last shown to be the user's; `null` where it never was. */
  readonly emailVerifiedAtMs: number | null;
  /** The password is a temporary one: it cannot be used to sign in, only to set another. */
  readonly mustChangePassword: boolean;
  /**
   * Counts how often all sessions were ended at once: a session lives only while it carries its account's
   * number.
   */
  readonly sessionEpoch: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phoneNumber: string | null;
}

/** What the server works with. */
export const ACCOUNT_FIELDS = [
  "id",
  "uuid",
  "email",
  "username",
  "hashedPassword",
  "disabled",
  "disabledReason",
  "role",
  "language",
  "emailVerifiedAtMs",
  "mustChangePassword",
  "sessionEpoch",
  "createdAtMs",
  "updatedAtMs",
  "firstName",
  "lastName",
  "phoneNumber",
] as const satisfies ReadonlyArray<keyof UserRecord>;

/** A user who can sign in. Readonly: stores may hand out one object many times. */
export type Account = Pick<UserRecord, (typeof ACCOUNT_FIELDS)[number]>;

/** Picks the account from a user's record. */
export function accountOf(user: UserRecord): Account {
  // Safe: these are an account's fields.
  return Object.fromEntries(ACCOUNT_FIELDS.map((field) => [field, user[field]])) as unknown as Account;
}
