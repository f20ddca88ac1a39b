import { type Change, changeOf } from "../change.js";

export interface WriteOptions {
  /**
   * Forgets or renews the cached rows that this write has changed; called after the commit, but not after a
   * rollback. If it is absent, all rows are forgotten, which is always correct: only frequent writes need
   * more care than that.
   */
  readonly forget?: () => void;
  /**
   * The write is acknowledged before it is on disk, once its turn has come: a power failure may lose it, but
   * nothing else can.
   */
  readonly mayBeLost?: true;
  /**
   * Refused while the disk is full: the reserve is for users who sign in or sign out, and for writes that
   * free space.
   */
  readonly canWait?: true;
}

/** Adds another change after what was written so far, in the same transaction. */
export type Add = (change: Change | undefined) => void;

/** The writes of one caller; all of them are kept, or none. */
export type Statements<T> = (add: Add) => T;

/** The statements of a change in SQLite's stores: run on the writer, within a transaction. */
export type SqliteStatements = () => void;

/** For SQLite's stores: makes a change of these statements. */
export function sqliteChange(statements: SqliteStatements, committed?: () => void): Change {
  return changeOf({ statements, committed });
}
