import { closeSync, openSync, readSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { type Identity, identityOf, readHeader } from "./identity.js";

/** Larger files are not read completely at start: reading this much takes a fifth of a second. */
const READ_THROUGH_BYTES = 128 * 1024 * 1024;

/**
 * Checks a database before anything is written to it; throws `SQLITE_CORRUPT` or `SQLITE_NOTADB` if it is
 * damaged, `DATABASE_LOG` if its log is another file's, `DATABASE_FOREIGN` if it is another program's. The
 * connection is read-only: on closing, a writing one would copy the log's pages into a damaged file.
 */
export function assertSound(path: string): void {
  const bytes = sizeOf(path);
  if (bytes === 0) return;
  const header = headerOf(path);
  const connection = new Database(path, { readonly: true, timeout: 5000 });
  try {
    assertTogether(header, identityOf(connection));
    if (isForeign(connection)) throw foreign();
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

/**
 * Throws `DATABASE_LOG` if the log says that it belongs to another file: a backup was copied over the
 * database, whose log was left. A file that has just got its identity may have it in the log alone.
 */
function assertTogether(header: Identity | undefined, seen: Identity): void {
  if (header === undefined || header.copy === 0 || header.copy === seen.copy) return;
  throw Object.assign(new Error("the log belongs to another database file"), { code: FOREIGN_LOG });
}

/**
 * Whether it has tables, but not the one that every database of this program has: other programs, too, have one
 * named `migrations`, with other columns.
 */
export function isForeign(connection: Database.Database): boolean {
  const count = (query: string) => Number(connection.prepare(query).pluck().get());
  return (
    count("SELECT count(*) FROM sqlite_schema WHERE type = 'table'") > 0 &&
    count("SELECT count(*) FROM pragma_table_info('migrations') WHERE name IN ('hash', 'created_at')") < 2
  );
}

const foreign = () =>
  Object.assign(new Error("the database is another program's"), { code: "DATABASE_FOREIGN" });

const FOREIGN_LOG = "DATABASE_LOG";

/** Whether a database was refused because the log beside it is another file's. */
export function isForeignLog(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === FOREIGN_LOG;
}

function headerOf(path: string): Identity | undefined {
  const file = openSync(path, "r");
  try {
    return readHeader(file);
  } finally {
    closeSync(file);
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
