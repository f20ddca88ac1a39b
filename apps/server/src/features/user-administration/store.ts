import type { Role, UserRecord } from "../accounts/service.js";

/** The fields of a user that administrators are shown: none of them is secret. `id` is for positions only. */
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

/** A user as administrators see them. */
export type User = Pick<UserRecord, (typeof SHOWN_FIELDS)[number]>;

/** A position in the order of users; it stays valid after the user is deleted. */
export interface Position {
  readonly createdAtMs: number;
  readonly id: number;
}

/** Which users are searched for, and which page of them. */
export interface UserSearch {
  readonly order: "newest" | "oldest";
  readonly limit: number;
  /** The page begins after this position. */
  readonly after?: Position | undefined;
  /** A prefix of the address or the username, as they are compared: in lower case. */
  readonly prefix?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly createdFromMs?: number | undefined;
  /** Exclusive. */
  readonly createdToMs?: number | undefined;
}

/** A page: it may hold fewer users than asked for, even none, although more follow. */
export interface UserPage {
  readonly users: readonly User[];
  /** Where the next page begins; absent if nothing follows. */
  readonly next?: Position;
}

/**
 * Finds users in tables of any size in bounded time. Rejects with `UNAVAILABLE` while the database cannot
 * answer.
 */
export interface UserDirectory {
  search(search: UserSearch): Promise<UserPage>;
}
