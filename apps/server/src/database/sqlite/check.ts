import { closeSync, openSync, readSync, statSync } from "node:fs";
import Database from "better-sqlite3";

/** Larger files are not read completely at start: reading this much takes a fifth of a second. */
const READ_THROUGH_BYTES = 128 * 1024 * 1024;

/**
 * Checks a database before anything is written to it; throws `SQLITE_CORRUPT` or `SQLITE_NOTADB` if it is
 * damaged. The connection is read-only: on closing, a writing one would copy the log's pages into a damaged
 * file.
 */
export function assertSound(path: string): void {
  const bytes = sizeOf(path);
  if (bytes === 0) return;
  const connection = new Database(path, { readonly: true, timeout: 5000 });
  try {
    if (bytes > READ_THROUGH_BYTES) connection.pragma("schema_version");
    else {
      const [first] = connection.pragma("quick_check(1)") as ReadonlyArray<{ quick_check: string }>;
      if (first?.quick_check !== "ok") throw damaged("does not pass quick_check");
    }
    // As long as there is a log, the last page may be in it.
    if (sizeOf(`${path}-wal`) === 0 && bytes % pageSize(path) !== 0) throw damaged("ends within a page");
  } catch (error) {
    if (!isUndecided(error)) throw error;
  } finally {
    connection.close();
  }
}

const damaged = (how: string) => new Database.SqliteError(`the database ${how}`, "SQLITE_CORRUPT");

/**
 * Another process is working on it, or a first start was interrupted, which only a writing connection can
 * undo.
 */
function isUndecided(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED|READONLY)/.test(error.code);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** From the header (SQLite's file format 1.3.2); 1 means 65,536. */
function pageSize(path: string): number {
  const bytes = Buffer.alloc(2);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes, 0, 2, 16);
  } finally {
    closeSync(file);
  }
  const size = bytes.readUInt16BE();
  return size === 1 ? 65_536 : Math.max(size, 1);
}
