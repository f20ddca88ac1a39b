/** Reports how many of all parts are copied. */
export type TellCopied = (done: number, total: number) => void;

export interface BackupContents {
  /** The number of rows in each table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Where the last backup of a database is, and when it was made. */
export interface LastBackup {
  readonly file: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface TrialCopy {
  readonly url: string;
  discard(): Promise<void>;
}
