import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type Database from "better-sqlite3";

/** Waits for the disk while the event loop goes on; one waits at a time. */
export interface DiskSync {
  /** Calls back when all that is committed by now would survive a power loss, or with what kept it from the disk. */
  begin(callback: Callback): void;
  /** Whether somebody waits. */
  isRunning(): boolean;
  /** Answers whoever waits before it returns. */
  finish(): void;
  close(): void;
}

type Callback = (error: unknown) => void;

/**
 * Syncs the write-ahead log of a database that is open, for commits that do not do it themselves (`synchronous = normal`):
 * SQLite would sync with the lock held and on the event loop. Checkpoints sync the log and the database themselves.
 */
export function openDiskSync(connection: Database.Database, path = logOf(connection)): DiskSync {
  // The same file for as long as the connection is open; SQLite's locks are on other files, which closing this one spares.
  const log = openSync(path, "r+");
  // The kernel tells of a failure once for each opened file: what it has told a thread it must tell here as well.
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

  /** A file that a thread is at work on is closed when that is done. */
  const closeIdle = () => {
    if (closed && threads === 0) closeSync(log);
  };

  /**
   * The kernel may forget what it could not write, and says so once: a sync that succeeds afterwards promises nothing for
   * it, and a gap in the log ends it there. So all of it goes to the database's file before anything is acknowledged again.
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

/** The write-ahead log beside the database's file, wherever links have led SQLite to that. */
export function logOf(connection: Database.Database): string {
  const [main] = connection.pragma("database_list") as ReadonlyArray<{ file: string }>;
  return `${main?.file}-wal`;
}
