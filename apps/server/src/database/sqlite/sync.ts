import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type Database from "better-sqlite3";

/** Waits for the disk without blocking the event loop; one wait at a time. */
export interface DiskSync {
  /**
   * Calls back when everything committed so far would survive a power failure, or with the error that
   * prevented it.
   */
  begin(callback: Callback): void;
  /** Whether a wait is in progress. */
  isRunning(): boolean;
  /** Completes the wait in progress before it returns. */
  finish(): void;
  close(): void;
}

type Callback = (error: unknown) => void;

/**
 * Syncs the write-ahead log of an open database, for commits that do not do it themselves (`synchronous =
 * normal`): SQLite would sync on the event loop and while holding the lock. Checkpoints sync the log and the
 * database themselves.
 */
export function openDiskSync(connection: Database.Database, path = logOf(connection)): DiskSync {
  // The same file for as long as the connection is open; SQLite's locks are on other files, so that closing
  // this one does not release them.
  const log = openSync(path, "r+");
  // The kernel reports a failure once for each opened file: this one must report what a thread has already
  // been told.
  const logAtEnd = openSync(path, "r+");
  let waiting: Callback | undefined;
  let doubtful = false;
  let threads = 0;
  let closed = false;

  const end = (error: unknown) => {
    const callback = waiting;
    waiting = undefined;
    callback?.(error ?? undefined);
  };

  /** A file that a thread is syncing is closed afterwards. */
  const closeIdle = () => {
    if (closed && threads === 0) closeSync(log);
  };

  /**
   * The kernel may drop what it could not write, and reports it once: a later sync that succeeds guarantees
   * nothing for the dropped part, and a gap in the log ends the log there. So everything is copied into the
   * database file before anything is acknowledged again.
   */
  const settleDoubt = () => {
    if (!doubtful) return;
    const [result] = connection.pragma("wal_checkpoint(RESTART)") as ReadonlyArray<{ busy: number }>;
    if (result?.busy !== 0) throw new Error("the log could not be moved into the database");
    doubtful = false;
  };

  return {
    begin(callback) {
      if (waiting !== undefined) throw new Error("another call is already waiting for the disk");
      waiting = callback;
      try {
        settleDoubt();
      } catch (error) {
        return end(error);
      }
      threads++;
      fdatasync(log, (error) => {
        threads--;
        if (error) doubtful = true;
        if (closed) closeIdle();
        else if (waiting === callback) end(error);
      });
    },
    isRunning: () => waiting !== undefined,
    finish() {
      if (waiting === undefined) return;
      try {
        settleDoubt();
        fdatasyncSync(logAtEnd);
      } catch (error) {
        doubtful = true;
        return end(error);
      }
      end(undefined);
    },
    close() {
      if (closed) return;
      closed = true;
      closeSync(logAtEnd);
      closeIdle();
    },
  };
}

/** The write-ahead log next to the database's file, wherever links have led SQLite. */
export function logOf(connection: Database.Database): string {
  const [main] = connection.pragma("database_list") as ReadonlyArray<{ file: string }>;
  return `${main?.file}-wal`;
}
