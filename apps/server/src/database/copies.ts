/** Reports how many of all parts are copied. */
export type TellCopied = (done: number, total: number) => void;

/** The database has tools of its own for this. Each sentence is for the operator. */
export interface OwnTools {
  readonly howToBackUp: string;
  readonly howToRestore: string;
}

/** Backs up and restores a database that is kept in files of its own. A URL is the result of `parseUrl`. */
export interface CopiesOfFiles {
  exists(url: string): boolean;
  /**
   * A short name that all backups of one instance have in common, and no other instance's; `undefined` if the
   * database was never opened by a version that gives one.
   */
  instanceOf(url: string): string | undefined;
  /**
   * Copies a database that may be in use into a new file, readable by its owner only, and checks the copy.
   * Throws if the copy is not complete.
   */
  backUp(url: string, file: string, tell?: TellCopied): Promise<BackupContents>;
  /**
   * Records the place of the last backup next to the database, because a damaged database cannot be asked for
   * it. If that is impossible, returns the system's code for the reason.
   */
  noteBackup(url: string, backup: LastBackup): string | undefined;
  /** The last backup that was recorded. */
  lastBackup(url: string): LastBackup | undefined;
  /**
   * Reads a backup completely and throws if it is not intact; nothing is changed. `migrations` is as in
   * `OpenOptions`.
   */
  check(file: string, migrations: string): CheckedBackup;
  /** Makes a copy of a backup next to the database, which changes nothing yet. Throws if it is not intact. */
  prepareRestore(url: string, file: string, tell?: TellCopied): Promise<PreparedRestore>;
}

export interface BackupContents {
  /** The number of rows in each table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface CheckedBackup extends BackupContents {
  /** `undefined` if it has no tables of this program at all. */
  readonly tables: MigrationState | undefined;
}

/** How the tables compare with those of this program. */
export interface MigrationState {
  /** Migrations of this program that the database does not have. */
  readonly pending: number;
  /** Migrations in the database that this program does not know. */
  readonly unknown: number;
}

/** Where the last backup of a database is, and when it was made. */
export interface LastBackup {
  readonly file: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A copy of a backup that can take the database's place. */
export interface PreparedRestore {
  /** Where it can be opened, to be changed before it is used. */
  readonly url: string;
  /**
   * Puts the copy, which must be closed, in the database's place. `replaced` is the file that the replaced
   * database is kept in, if there was one; `inUse`: a process has the database open, and nothing was done.
   */
  putInPlace(): { readonly replaced: string | undefined } | "inUse";
  /** Deletes the copy if it has not been used. */
  discard(): Promise<void>;
}

export interface TrialCopy {
  readonly url: string;
  discard(): Promise<void>;
}
