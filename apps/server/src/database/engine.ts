import type { BackupContents, LastBackup, TellCopied, TrialCopy } from "./copies.js";
import type { Database } from "./database.js";

/**
 * What one kind of database can do before it is open, and next to processes that use it. A URL is the result
 * of `parseUrl`.
 */
export interface DatabaseEngine {
  /** Reads a `DATABASE_URL`; a fault says what it must be. */
  parseUrl(value: string): { readonly value: string } | { readonly fault: string };
  /** Opens a database, creates it if there is none, and brings its tables up to date. */
  open(options: OpenOptions): Promise<Database>;
  /** Opens a database whose tables are up to date, read-only: nothing in it is changed. */
  openForReading(url: string): Promise<Database>;
  exists(url: string): boolean;
  /** Examines a database without changing anything. `migrations` is as in `OpenOptions`. */
  inspect(url: string, migrations: string): Promise<Inspection>;
  /**
   * Copies a database that may be in use into a new file, readable by its owner only, and checks the copy.
   * Throws if the copy is not complete.
   */
  backUp(url: string, file: string, tell?: TellCopied): Promise<BackupContents>;
  /**
   * Records the place of the last backup next to the database, because a damaged database cannot be asked for
   * it.
   */
  noteBackup(url: string, backup: LastBackup): void;
  /** Makes a copy to try something on, or an empty database if there is none to copy. */
  copyForTrial(url: string): Promise<TrialCopy>;
}

export interface OpenOptions {
  readonly url: string;
  /** The folder of all engines' migrations, with a subfolder for each engine. */
  readonly migrations: string;
  /** `full`: what is acknowledged survives a power failure. `normal`: it survives a crash of the process. */
  readonly synchronous: "full" | "normal";
  /** Whether to reserve space for a full disk: for servers, not for short-lived processes. */
  readonly keepsRoom: boolean;
}

/** The result of an examination. `code` is the engine's own, if it gave one. */
export type Inspection =
  | { readonly state: "absent" }
  | { readonly state: "unusable"; readonly code?: string | undefined }
  | { readonly state: "sound"; readonly file: DatabaseFile; readonly migrations: MigrationState };

/** The database's file, seen from outside. */
export interface DatabaseFile {
  /** The permission bits, as for `chmod`. */
  readonly mode: number;
  /** The size of the log of writes that are not in the file yet. */
  readonly walBytes: number;
  /** The free space on its disk. */
  readonly freeBytes: number;
}

/** How the tables compare with those of this program. */
export interface MigrationState {
  /** Migrations of this program that the database does not have. */
  readonly pending: number;
  /** Migrations in the database that this program does not know. */
  readonly unknown: number;
}
