import Database from "better-sqlite3";
import { unavailable } from "../error.js";

const PASSING = ["BUSY", "LOCKED", "FULL", "READONLY", "IOERR", "CANTOPEN", "NOMEM", "CORRUPT", "NOTADB"];

/** Whether SQLite says that it cannot work just now, rather than that a statement was wrong. */
export function isUnavailable(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError && PASSING.some((code) => error.code.startsWith(`SQLITE_${code}`))
  );
}

export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

/** Runs a query; a database that cannot answer becomes `UNAVAILABLE`. */
export function reading<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error) : error;
  }
}
