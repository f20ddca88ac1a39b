import type { UserRecord } from "../accounts/service.js";

/** What of a user outlives a move to another system, or from one. */
export const TRANSFERRED_FIELDS = [
  "uuid",
  "email",
  "emailKey",
  "username",
  "usernameKey",
  "hashedPassword",
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

/** A user as a table of another system, or an export, has them. */
export type TransferredUser = Pick<UserRecord, (typeof TRANSFERRED_FIELDS)[number]>;

/** A user as a line of a file has them. */
export interface ImportedUser extends TransferredUser {
  /** The file says when the account was made; else it is made now. */
  readonly isDated: boolean;
}

/** Why a row was refused; lines count from 1. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** Which of a user's names belong to another. */
export type TakenName = "EMAIL_TAKEN" | "USERNAME_TAKEN" | "UUID_TAKEN";

/** How far the import of one file has come. */
export interface ImportState {
  /** The last line that was done with. */
  readonly line: number;
  readonly imported: number;
  /** Users who were there already. */
  readonly present: number;
  readonly refused: number;
  readonly finished: boolean;
}

/** Some lines of a file, all of which are done with together. */
export interface ImportBatch {
  /** Names the import: the file's digest. */
  readonly id: string;
  /** Where the import stands before. */
  readonly afterLine: number;
  /** Where it stands then. */
  readonly line: number;
  readonly users: ReadonlyArray<{ readonly line: number; readonly user: ImportedUser }>;
  readonly refusals: readonly Refusal[];
  /** Nothing follows. */
  readonly isLast: boolean;
  readonly nowMs: number;
}

/** Brings accounts in and out. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface TransferStore {
  findImport(id: string): Promise<ImportState | undefined>;
  /** Notes an import, or one over again: at its beginning. */
  beginImport(id: string, nowMs: number): Promise<ImportState>;
  /**
   * Inserts users, notes what was refused, and moves the mark, all in one step. A user whose address belongs
   * to an account with the same uuid, hash or date of making is there already. Resolves to `undefined`, with
   * nothing done, where the mark does not stand at `afterLine`: another process imports the same file.
   */
  applyBatch(batch: ImportBatch): Promise<ImportState | undefined>;
  /** What was refused, from behind `afterLine`. */
  listRefusals(
    id: string,
    page: { readonly afterLine: number; readonly limit: number },
  ): Promise<readonly Refusal[]>;
  /**
   * Forgets imports that began before `beforeMs`, a bounded number of rows; resolves to how many were
   * deleted.
   */
  deleteImports(beforeMs: number): Promise<number>;
  countUsers(): Promise<number>;
  /** All users as they were at one moment, in the order of their making, page by page. */
  readUsers(): AsyncIterable<readonly TransferredUser[]>;
}
