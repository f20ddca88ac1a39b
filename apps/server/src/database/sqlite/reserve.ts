import { closeSync, existsSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { createFor } from "./owner.js";
import { isFileOrFree } from "./place.js";
import { realPathOf } from "./real-path.js";

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
   * After the database was closed: reserves as much as its log had, as far as there is space for it, unless
   * the log still exists because another process has the database open.
   */
  keep(log: string): void;
}

export const reserveOf = (path: string) => `${realPathOf(path)}-reserve`;

export function reserveBeside(path: string): Reserve {
  const reserve = reserveOf(path);
  const isRemoved = () => isDone(() => rmSync(reserve, { force: true }));
  return {
    giveForOpening() {
      const bytes = statSync(reserve, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes <= BESIDES_BYTES || isDone(() => truncateSync(reserve, bytes - BESIDES_BYTES))) return;
      // Another user's file in this user's folder: the rest of it was not available either.
      isRemoved();
    },
    give: () => existsSync(reserve) && isRemoved(),
    keep(log) {
      if (existsSync(log)) return;
      isDone(() => {
        if (!isFileOrFree(reserve)) return;
        rmSync(reserve, { force: true });
        const file = createFor(realPathOf(path), reserve);
        try {
          writeZeros(file, { from: 0, to: RESERVED_LOG_BYTES + BESIDES_BYTES });
        } finally {
          closeSync(file);
        }
      });
    },
  };
}

/** A reserve is useful, but neither the start nor the exit may fail because the system refuses it. */
function isDone(change: () => void): boolean {
  try {
    change();
    return true;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return false;
    throw error;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Piece by piece: a buffer for all of it would remain in the process's memory. */
export function writeZeros(file: number, { from, to }: { readonly from: number; readonly to: number }): void {
  for (let at = from; at < to; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, to - at), at);
}
