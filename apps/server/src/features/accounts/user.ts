/** What an account may do: an administrator may also look after other accounts. */
export type Role = "user" | "admin";

/** The languages in which we write to users. */
export type AccountLanguage = "en" | "zh-CN";

/**
 * Everything that is stored of a user. Code that reads, shows, exports or inserts users picks fields by name,
 * so that a new secret is never passed on by accident.
 */
export interface UserRecord {
  /** Increases in the order of insertion. */
  readonly id: number;
  /** The permanent public id, and the subject of tokens. */
  readonly uuid: string;
  readonly email: string;
  /** The key by which addresses are compared. */
  readonly emailKey: string;
  readonly username: string;
  /** The key by which usernames are compared. */
  readonly usernameKey: string;
  /** A PHC string. */
  readonly hashedPassword: string;
  readonly disabled: boolean;
  /** Why an administrator disabled it; shown to administrators only. */
  readonly disabledReason: string | null;
  readonly role: Role;
  /** The language in which we write to the user; `null` if none was chosen. */
  readonly language: AccountLanguage | null;
  /** When the address was last confirmed as the user's; `null` if it never was. */
  readonly emailVerifiedAtMs: number | null;
  /** The password is a temporary one: it cannot be used to sign in, only to set another. */
  readonly mustChangePassword: boolean;
  /**
   * How many times all sessions were ended at once. A session is alive only while it carries its account's
   * number.
   */
  readonly sessionEpoch: number;
  /**
   * 0 if the account has no second factor; otherwise a number that is another one after every change of the set
   * of its factors.
   */
  readonly factorGeneration: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phoneNumber: string | null;
}

/** The fields that the server works with. */
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
  "factorGeneration",
  "createdAtMs",
  "updatedAtMs",
  "firstName",
  "lastName",
  "phoneNumber",
] as const satisfies ReadonlyArray<keyof UserRecord>;

/** A user who can sign in. Readonly, because stores may return the same object many times. */
export type Account = Pick<UserRecord, (typeof ACCOUNT_FIELDS)[number]>;

/** Picks the account from a user's record. */
export function accountOf(user: UserRecord): Account {
  // Safe: these are an account's fields.
  return Object.fromEntries(ACCOUNT_FIELDS.map((field) => [field, user[field]])) as unknown as Account;
}
