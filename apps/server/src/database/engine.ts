import type { CopiesOfFiles, MigrationState, OwnTools, TrialCopy } from "./copies.js";
import type { Database } from "./database.js";
import type { OlderTables } from "./older.js";

/**
 * What one kind of database can do before it is open, and next to processes that use it. A URL is the result
 * of `parseUrl`.
 */
export interface DatabaseEngine {
  /** Reads a `DATABASE_URL`; a fault says what it must be. */
  parseUrl(value: string): { readonly value: string } | { readonly fault: string };
  /**
   * Opens a database and creates it if there is none. Rejects with `DatabaseOlder` if its tables are older and
   * must not be upgraded.
   */
  open(options: OpenOptions): Promise<Database>;
  /** Opens a database whose tables are up to date, read-only: nothing in it is changed. */
  openForReading(url: string): Promise<Database>;
  exists(url: string): boolean;
  /** Whether another process has the database open. */
  isInUse(url: string): Promise<boolean>;
  /** Examines a database without changing anything. `migrations` is as in `OpenOptions`. */
  inspect(url: string, migrations: string): Promise<Inspection>;
  /** Why a database of this engine could not be opened or used; `undefined` if it was for another reason. */
  explain(error: unknown): DatabaseFailure | undefined;
  /** How it is backed up and restored: by this program, or by the tools of the database itself. */
  readonly copies: CopiesOfFiles | OwnTools;
  /** Makes a copy to try something on, or an empty database if there is none to copy. */
  copyForTrial(url: string): Promise<TrialCopy>;
}

export interface OpenOptions {
  readonly url: string;
  /** The folder of all engines' migrations, with a subfolder for each engine. */
  readonly migrations: string;
  /**
   * `upgrade` brings the tables up to date; a server of the older version that is still running then stops
   * serving the database.
   */
  readonly olderTables: OlderTables;
  /** `full`: what is acknowledged survives a power failure. `normal`: it survives a crash of the process. */
  readonly synchronous: "full" | "normal";
  /** Whether to reserve space for a full disk: for servers, not for short-lived processes. */
  readonly keepsRoom: boolean;
  /**
   * Called with a sentence for the operator if the open database must not be used any more, for example
   * because its file was replaced, and with `undefined` when it can be used again.
   */
  readonly onLost?: ((sentence: string | undefined) => void) | undefined;
}

/** Why a database cannot be used, and what to do about it. */
export interface DatabaseFailure {
  readonly sentence: string;
  /** Whether a setting must be changed: starting again does not help. */
  readonly isSetting: boolean;
}

/** The result of an examination. `code` is the engine's own, if it gave one. */
export type Inspection =
  | { readonly state: "absent" }
  /** The database is missing, but these files of it are there. */
  | { readonly state: "lost"; readonly traces: readonly string[] }
  /** There is something else in its place, such as a folder or a pipe. */
  | { readonly state: "no file" }
  /** This user may not read or write this file or folder of it. */
  | { readonly state: "forbidden"; readonly file: string }
  /** It contains another program's tables. */
  | { readonly state: "foreign" }
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
