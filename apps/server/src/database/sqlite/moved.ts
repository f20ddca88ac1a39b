import Database from "better-sqlite3";
import { StoreMoved } from "../store-moved.js";
import { isFileOrFree } from "./place.js";

/** Where a store has moved, and when. */
export interface MovedTo {
  readonly url: string;
  readonly atMs: number;
}

/** Written in the commit that is the switch: from then on nothing here is read or written. */
export const MOVED_TO = "moved_to";

/** The mark of a move that has ended, in a file that need not be there. */
export function movedTo(path: string): MovedTo | undefined {
  let connection: Database.Database;
  try {
    if (!isFileOrFree(path)) return undefined;
    connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  } catch {
    // Opening it properly says what is wrong with it.
    return undefined;
  }
  try {
    return readMovedTo(connection);
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
}

export function readMovedTo(connection: Database.Database): MovedTo | undefined {
  if (!hasTable(connection, MOVED_TO)) return undefined;
  // Safe: the columns that `move/switch.ts` writes.
  return connection.prepare(`SELECT url, at AS atMs FROM ${MOVED_TO}`).get() as MovedTo | undefined;
}

export function hasTable(connection: Database.Database, name: string): boolean {
  const found = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  return found.get(name) !== undefined;
}

/** Tells whether the store has moved. */
export interface MovedWatch {
  /** Looks now; in a transaction the answer stays true until its end. */
  isMoved(): boolean;
  /** What the last look found. */
  wasMoved(): boolean;
  /** The version; throws `StoreMoved`. Looks only where the database has another version than before. */
  versionUnlessMoved(version: () => number): number;
}

/** The mark is a table, so that it cannot be there unless the schema has another version. */
export function watchMoved(connection: Database.Database): MovedWatch {
  const schemaVersion = connection.prepare("PRAGMA schema_version").pluck();
  const mark = connection.prepare(
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${MOVED_TO}'`,
  );
  let moved = false;
  let seenSchema: unknown;
  let seenVersion = Number.NaN;
  const isMoved = () => {
    if (moved) return true;
    const version = schemaVersion.get();
    if (version === seenSchema) return false;
    moved = mark.get() !== undefined;
    seenSchema = version;
    return moved;
  };
  return {
    isMoved,
    wasMoved: () => moved,
    versionUnlessMoved(version) {
      if (moved) throw new StoreMoved();
      const now = version();
      if (now !== seenVersion && isMoved()) throw new StoreMoved();
      seenVersion = now;
      return now;
    },
  };
}
