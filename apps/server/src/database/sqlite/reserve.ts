import { closeSync, existsSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";

/** SQLite begins its log anew after 4 MiB: a batch of writes more fits in any case. */
export const RESERVED_LOG_BYTES = 8 * 1024 * 1024;
/** What SQLite needs besides a log to open a database: its shared memory. */
const BESIDES_BYTES = 32 * 1024;

/** Where room is kept while nobody has the database open: SQLite deletes its log then, and the log's room goes with it. */
export interface Reserve {
  /** Before the database is opened: gives what opening takes. */
  giveForOpening(): void;
  /** Gives all that is left. Whether there was any. */
  give(): boolean;
  /** After the database was closed: keeps as much as its log had, unless that is there, since another process has it open. */
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
      if (existsSync(log)) return;
      const file = openSync(reserve, "w", 0o600);
      try {
        writeZeros(file, { from: 0, to: RESERVED_LOG_BYTES + BESIDES_BYTES });
      } catch {
        // As much as there is room for.
      } finally {
        closeSync(file);
      }
    },
  };
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Piece by piece: a buffer for all of it would stay with the process. */
export function writeZeros(file: number, { from, to }: { readonly from: number; readonly to: number }): void {
  for (let at = from; at < to; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, to - at), at);
}
