import Database from "better-sqlite3";
import { assertSound, isForeignLog } from "./check.js";
import { isBusy, isUnavailable } from "./failure.js";

/** How long another process may hold the database before it counts as in use. */
export const PATIENCE_MS = 1000;

/** Whether another process has the database open. */
export function isInUse(place: string): boolean {
  const lock = lockOut(place);
  if (lock === "inUse") return true;
  lock?.close();
  return false;
}

/**
 * Keeps every other process out: SQLite leaves the log's mode only if no process has the database open. The
 * log is then part of the file. A database that is damaged, or that lies beside another one's log, cannot be
 * locked without changing it; but no server can be using it either.
 */
export function lockOut(place: string): Database.Database | "inUse" | undefined {
  if (!isUsable(place)) return undefined;
  const connection = new Database(place, { timeout: PATIENCE_MS });
  try {
    connection.pragma("journal_mode = DELETE");
    connection.exec("BEGIN EXCLUSIVE");
    return connection;
  } catch (error) {
    connection.close();
    if (isBusy(error)) return "inUse";
    throw error;
  }
}

function isUsable(place: string): boolean {
  try {
    assertSound(place);
    return true;
  } catch (error) {
    if (isUnavailable(error) || isForeignLog(error)) return false;
    throw error;
  }
}
