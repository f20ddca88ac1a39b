import type Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { compareMigrations } from "../migrations.js";
import { DatabaseOlder, type OlderTables } from "../older.js";
import { giveIdentity } from "./identity.js";

/** Waits for another process that may be migrating. Only at start, before any request is served. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * Applies the migrations of drizzle-kit that this database does not have yet, in one transaction under a
 * lock: drizzle's own `migrate()` takes none, and two processes may start on an empty folder at once. Throws
 * `DATABASE_NEWER`, and changes nothing, if the database has migrations that this program does not know, and
 * `DatabaseOlder` if it lacks some and `olderTables` are to be refused.
 */
export function migrate(
  connection: Database.Database,
  folder: string,
  olderTables: OlderTables = "upgrade",
): void {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  connection.pragma(`busy_timeout = ${LOCK_TIMEOUT_MS}`);
  const apply = connection.transaction(() => {
    const applied = appliedMigrations(connection);
    const { pending, unknown } = compareMigrations(applied, migrations);
    if (unknown > 0) throw newer();
    if (applied.length > 0 && pending > 0 && olderTables === "refuse") throw new DatabaseOlder();
    connection.exec(
      "CREATE TABLE IF NOT EXISTS migrations (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT",
    );
    // Not part of the schema: its rows carry no data, and exist only for a moment (`room.ts`).
    connection.exec("CREATE TABLE IF NOT EXISTS room (bytes BLOB NOT NULL) STRICT");
    const remember = connection.prepare("INSERT INTO migrations (hash, created_at) VALUES (?, ?)");
    for (const { hash, folderMillis, sql } of migrations) {
      if (applied.includes(hash)) continue;
      for (const statement of sql) connection.exec(statement);
      remember.run(hash, folderMillis);
    }
    giveIdentity(connection);
  });
  apply.immediate();
  connection.pragma("busy_timeout = 20");
}

/** The hashes of the migrations that a database has; none if it is empty or another program's. */
export function appliedMigrations(connection: Database.Database): readonly string[] {
  const table = connection.prepare(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'",
  );
  if (table.get() === undefined) return [];
  // Safe: a TEXT column.
  return connection.prepare("SELECT hash FROM migrations ORDER BY created_at").pluck().all() as string[];
}

/** Notices that another process has applied migrations that this program does not know. */
export function watchSchema(connection: Database.Database, folder: string): () => boolean {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  const schemaVersion = connection.prepare("PRAGMA schema_version").pluck();
  let known: unknown;
  return () => {
    const version = schemaVersion.get();
    if (version === known) return true;
    if (compareMigrations(appliedMigrations(connection), migrations).unknown > 0) return false;
    known = version;
    return true;
  };
}

function newer(): Error {
  return Object.assign(new Error("the database has unknown migrations"), { code: "DATABASE_NEWER" });
}
