import type { BackupContents, LastBackup, TellCopied, TrialCopy } from "./copies.js";
import type { Database } from "./database.js";

/**
 * What one kind of database can do, before one is open and beside those who use it. A URL is as `parseUrl`
 * gave it.
 */
export interface DatabaseEngine {
  /** Reads a `DATABASE_URL`; a fault says what it must be. */
  parseUrl(value: string): { readonly value: string } | { readonly fault: string };
  /** Opens a database, creates it where there is none, and brings its tables up to date. */
  open(options: OpenOptions): Promise<Database>;
  /** Opens one whose tables are up to date, for reading only: nothing of it is changed. */
  openForReading(url: string): Promise<Database>;
  exists(url: string): boolean;
  /** Examines one without changing anything. `migrations` is as in `OpenOptions`. */
  inspect(url: string, migrations: string): Promise<Inspection>;
  /**
   * Copies one that may be in use into a new file, for its owner only, and checks the copy. Throws where the
   * copy is not whole.
   */
  backUp(url: string, file: string, tell?: TellCopied): Promise<BackupContents>;
  /** Notes where the last backup is, beside the database: one that is damaged cannot say it. */
  noteBackup(url: string, backup: LastBackup): void;
  /** Makes a copy to try something on, or an empty database where there is none to copy. */
  copyForTrial(url: string): Promise<TrialCopy>;
}

export interface OpenOptions {
  readonly url: string;
  /** The folder of all engines' migrations; each has a folder of its own in it. */
  readonly migrations: string;
  /** `full`: what is acknowledged survives a power loss. `normal`: it survives a crash of the process. */
  readonly synchronous: "full" | "normal";
  /** Whether room is kept for a full disk: for servers, not for what soon ends. */
  readonly keepsRoom: boolean;
}

/** What an examination found. `code` is the engine's own, where it gave one. */
export type Inspection =
  | { readonly state: "absent" }
  | { readonly state: "unusable"; readonly code?: string | undefined }
  | { readonly state: "sound"; readonly file: DatabaseFile; readonly migrations: MigrationState };

/** The file that holds a database, seen from outside. */
export interface DatabaseFile {
  /** The permissions, as `chmod` counts them. */
  readonly mode: number;
  /** The size of the log of writes that are not in the file yet. */
  readonly walBytes: number;
  /** What is free on its disk. */
  readonly freeBytes: number;
}

/** How the tables compare with those of this program. */
export interface MigrationState {
  /** Migrations of this program that the database has not seen. */
  readonly pending: number;
  /** Migrations that it has seen and this program does not know. */
  readonly unknown: number;
}
