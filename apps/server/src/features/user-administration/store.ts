import type { Role, UserRecord } from "../accounts/service.js";

/** What administrators are shown of a user: nothing of it is secret. `id` is for positions only. */
export const SHOWN_FIELDS = [
  "id",
  "uuid",
  "email",
  "username",
  "disabled",
  "disabledReason",
  "role",
  "language",
  "emailVerifiedAtMs",
  "mustChangePassword",
  "createdAtMs",
  "updatedAtMs",
  "firstName",
  "lastName",
  "phoneNumber",
] as const satisfies ReadonlyArray<keyof UserRecord>;

/** A user as administrators see one. */
export type User = Pick<UserRecord, (typeof SHOWN_FIELDS)[number]>;

/** A place in the order of users; it stays one when the user is gone. */
export interface Position {
  readonly createdAtMs: number;
  readonly id: number;
}

/** Which users are looked for, and which page of them. */
export interface UserSearch {
  readonly order: "newest" | "oldest";
  readonly limit: number;
  /** Begins behind this place. */
  readonly after?: Position | undefined;
  /** What the address or the username begins with, as they are compared: in lower case. */
  readonly prefix?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly createdFromMs?: number | undefined;
  /** Up to, but not at, this time. */
  readonly createdToMs?: number | undefined;
}

/** A page: it may hold fewer than asked for, even none, and others may follow all the same. */
export interface UserPage {
  readonly users: readonly User[];
  /** Where the next page begins; absent where nobody follows. */
  readonly next?: Position;
}

/**
 * Finds users in tables of any size in bounded time. Rejects with `UNAVAILABLE` while the database cannot
 * answer.
 */
export interface UserDirectory {
  search(search: UserSearch): Promise<UserPage>;
}
