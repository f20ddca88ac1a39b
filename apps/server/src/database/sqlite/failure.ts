import Database from "better-sqlite3";
import { DatabaseUnavailable } from "../availability.js";

const PASSING = ["BUSY", "LOCKED", "FULL", "READONLY", "IOERR", "CANTOPEN", "NOMEM", "CORRUPT", "NOTADB"];

/** Whether SQLite reports that it cannot work at the moment, as opposed to a wrong statement. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return PASSING.some((passing) => code.startsWith(`SQLITE_${passing}`));
}

/** Whether another process holds a required lock. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** The same error, or `DatabaseUnavailable` with it as the cause if SQLite cannot work at the moment. */
export function unavailableOr(error: unknown): unknown {
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error;
}

/** Runs a query; if the database cannot answer, raises `DatabaseUnavailable`. */
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
