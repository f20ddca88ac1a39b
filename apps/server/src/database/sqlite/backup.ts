import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { BackupContents, CheckedBackup, TellCopied } from "../copies.js";
import { compareMigrations } from "../migrations.js";
import { markAsCopy } from "./identity.js";
import { appliedMigrations } from "./migrate.js";
import { createFor, isFolderOfOwner } from "./owner.js";
import { assertFile } from "./place.js";
import { realPathOf } from "./real-path.js";

/** How many pages are copied at once; between two steps the caller is told the progress. */
const PAGES_PER_STEP = 1000;

/**
 * Copies a database that may be in use into a new file, readable by its owner only, and checks the copy: its
 * pages, its references, its migrations, and the number of rows in each table. Throws if it is not complete.
 */
export async function copySqlite(
  from: string,
  to: string,
  tell: TellCopied = () => {},
): Promise<BackupContents> {
  assertFile(from);
  const source = new Database(from, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    // Keeps one state of the database: otherwise each change would restart the copy.
    source.exec("BEGIN");
    const contents = contentsOf(source);
    closeSync(createCopy(realPathOf(from), to));
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        tell(totalPages - remainingPages, totalPages);
        return PAGES_PER_STEP;
      },
    });
    assertWhole(to, contents);
    return contents;
  } finally {
    source.close();
  }
}

/**
 * A copy that root makes in a folder of the database's owner is that user's. In a folder of anyone else it
 * stays root's: that user must not get at the hashes in it.
 */
function createCopy(from: string, to: string): number {
  return isFolderOfOwner(from, dirname(to)) ? createFor(from, to) : openSync(to, "wx", 0o600);
}

function assertWhole(path: string, expected: Contents): void {
  const copy = new Database(path, { fileMustExist: true });
  try {
    // A single file, which can be read even if nothing can be written next to it.
    copy.pragma("journal_mode = DELETE");
    markAsCopy(copy);
    if (JSON.stringify(intactContents(copy)) !== JSON.stringify(expected))
      throw corrupt("has different rows");
  } finally {
    copy.close();
  }
  const file = openSync(path, "r+");
  fsyncSync(file);
  closeSync(file);
}

/** Reads a backup completely and throws if it is not intact; it is opened read-only. */
export function checkBackup(path: string, folder: string): CheckedBackup {
  const connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    const { rows, migrations } = intactContents(connection);
    const own = readMigrationFiles({ migrationsFolder: folder });
    return { rows, tables: migrations.length === 0 ? undefined : compareMigrations(migrations, own) };
  } finally {
    connection.close();
  }
}

function intactContents(connection: Database.Database): Contents {
  const [first] = connection.pragma("integrity_check(1)") as ReadonlyArray<{ integrity_check: string }>;
  if (first?.integrity_check !== "ok") throw corrupt("does not pass integrity_check");
  const orphans = connection.pragma("foreign_key_check") as readonly unknown[];
  if (orphans.length > 0) throw corrupt("has rows that refer to missing ones");
  return contentsOf(connection);
}

const corrupt = (how: string) => new Database.SqliteError(`the copy ${how}`, "SQLITE_CORRUPT");

/** The contents of a database, to compare a copy with it. */
interface Contents extends BackupContents {
  readonly migrations: readonly string[];
}

function contentsOf(connection: Database.Database): Contents {
  const texts = (query: string) => connection.prepare(query).pluck().all() as string[]; // Safe: TEXT NOT NULL.
  const tables = texts(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  const count = (table: string) =>
    Number(
      connection
        .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    );
  return {
    migrations: appliedMigrations(connection),
    rows: Object.fromEntries(tables.map((table) => [table, count(table)])),
  };
}
