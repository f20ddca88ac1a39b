import Database from "better-sqlite3";
import { DatabaseUnavailable } from "../availability.js";

const PASSING = ["BUSY", "LOCKED", "FULL", "READONLY", "IOERR", "CANTOPEN", "NOMEM", "CORRUPT", "NOTADB"];

/** Whether SQLite says that it cannot work just now, rather than that a statement was wrong. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return PASSING.some((passing) => code.startsWith(`SQLITE_${passing}`));
}

/** Whether another process holds a lock that is needed. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** The same error, or `DatabaseUnavailable` with it as its cause where SQLite cannot work at the moment. */
export function unavailableOr(error: unknown): unknown {
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error;
}

/** Runs a query; a database that cannot answer raises `DatabaseUnavailable`. */
export function reading<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw unavailableOr(error);
  }
}

/** SQLite's own code; drizzle wraps its errors. */
function codeOf(error: unknown): string {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : "";
}
