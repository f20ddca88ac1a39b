import type { UserRecord } from "../accounts/service.js";

/** The fields of a user that are kept when they move to another system, or from one. */
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

/** A user as found in a table of another system, or in an export. */
export interface TransferredUser extends Pick<UserRecord, (typeof TRANSFERRED_FIELDS)[number]> {
  /** The second factors; absent if there are none. */
  readonly factors?: readonly TransferredFactor[] | undefined;
}

/** A second factor of a user, as it is kept. */
export type TransferredFactor = TransferredTotp | TransferredPasskey;

/** An authenticator app. */
export interface TransferredTotp {
  readonly kind: "totp";
  readonly id: string;
  readonly name: string;
  /** As it is stored. */
  readonly secret: string;
  readonly createdAtMs: number;
}

/** A passkey: `id` and `spki` are in base64url. */
export interface TransferredPasskey {
  readonly kind: "passkey";
  readonly id: string;
  readonly name: string;
  readonly spki: string;
  readonly algorithm: number;
  readonly rpId: string;
  readonly counter: number;
  readonly isUserVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: string;
  readonly aaguid: string;
  readonly createdAtMs: number;
}

/** A user as found in a line of a file. */
export interface ImportedUser extends TransferredUser {
  /** Whether the file says when the account was made; otherwise it is made now. */
  readonly isDated: boolean;
}

/** Why a row was refused; lines are counted from 1. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** Which of a user's names belong to another user. */
export type TakenName = "EMAIL_TAKEN" | "USERNAME_TAKEN" | "UUID_TAKEN";

/** What the operator chose for an import: it holds until the import ends, however often it is resumed. */
export interface ImportChoices {
  /** Whether administrators stay administrators. */
  readonly keepAdmins: boolean;
  /** How the file is read: another format counts its lines differently. */
  readonly format: string;
  /** A digest of what the hashes in the file were made with; empty if nothing was given. */
  readonly hashParameters: string;
}

/** The progress of the import of one file. */
export interface ImportState extends ImportChoices {
  /** The last line that was processed. */
  readonly line: number;
  readonly imported: number;
  /** Users who were present already. */
  readonly present: number;
  readonly refused: number;
  readonly finished: boolean;
}

/** Some lines of a file that are processed together. */
export interface ImportBatch {
  /** Identifies the import: the file's digest. */
  readonly id: string;
  /** The import's last line before this batch. */
  readonly afterLine: number;
  /** The import's last line after this batch. */
  readonly line: number;
  readonly users: ReadonlyArray<{ readonly line: number; readonly user: ImportedUser }>;
  readonly refusals: readonly Refusal[];
  /** Whether this is the last batch. */
  readonly isLast: boolean;
  readonly nowMs: number;
}

/** Imports and exports accounts. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface TransferStore {
  findImport(id: string): Promise<ImportState | undefined>;
  /** Records a new import; resets an existing one to its beginning. */
  beginImport(id: string, choices: ImportChoices, nowMs: number): Promise<ImportState>;
  /**
   * Inserts users, records refusals, and advances the mark, all in one step. A user whose address belongs to
   * an account with the same uuid, hash or creation time is present already, and keeps its own second factors.
   * Resolves to `undefined`, with nothing done, if the mark is not at `afterLine`: another process is importing
   * the same file.
   */
  applyBatch(batch: ImportBatch): Promise<ImportState | undefined>;
  /** What was refused, after `afterLine`. */
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
  /** All users as they were at one moment, in the order of their creation, page by page. */
  readUsers(): AsyncIterable<readonly TransferredUser[]>;
}
