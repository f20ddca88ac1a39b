import Database from "better-sqlite3";
import { unavailable } from "../../error.js";

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

/** Runs a query; a database that cannot answer becomes `UNAVAILABLE`. */
export function reading<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error) : error;
  }
}

/** SQLite's own code; drizzle wraps its errors. */
function codeOf(error: unknown): string {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : "";
}
