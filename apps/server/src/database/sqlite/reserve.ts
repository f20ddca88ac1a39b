import { closeSync, existsSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";

import { isFileOrFree } from "./place.js";

/** SQLite restarts its log after 4 MiB, so that one more batch of writes fits in any case. */
export const RESERVED_LOG_BYTES = 8 * 1024 * 1024;
/** What SQLite needs to open a database in addition to a log: its shared memory. */
const BESIDES_BYTES = 32 * 1024;

/**
 * Reserves space while no process has the database open: SQLite then deletes its log, and with it the log's
 * space.
 */
export interface Reserve {
  /** Before the database is opened: frees as much as opening needs. */
  giveForOpening(): void;
  /** Frees everything that is left. Returns whether there was any. */
  give(): boolean;
  /**
   * After the database was closed: reserves as much as its log had, unless the log still exists because
   * another process has the database open.
   */
  keep(log: string): void;
}

export function reserveBeside(path: string): Reserve {
  const reserve = `${path}-reserve`;
  return {
    giveForOpening() {
      const bytes = statSync(reserve, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > BESIDES_BYTES) truncateSync(reserve, bytes - BESIDES_BYTES);
    },
    give() {
      const isThere = existsSync(reserve);
      rmSync(reserve, { force: true });
      return isThere;
    },
    keep(log) {
      if (existsSync(log) || !isFileOrFree(reserve)) return;
      const file = openSync(reserve, "w", 0o600);
      try {
        writeZeros(file, { from: 0, to: RESERVED_LOG_BYTES + BESIDES_BYTES });
      } catch {
        // Keeps as much as there is space for.
      } finally {
        closeSync(file);
      }
    },
  };
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Piece by piece: a buffer for all of it would remain in the process's memory. */
export function writeZeros(file: number, { from, to }: { readonly from: number; readonly to: number }): void {
  for (let at = from; at < to; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, to - at), at);
}
