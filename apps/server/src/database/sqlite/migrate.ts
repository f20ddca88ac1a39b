import type Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";

/** Waits for another process that may be migrating. Only at start, before any request is served. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * Applies the migrations of drizzle-kit that this database does not have yet, in one transaction under a
 * lock: drizzle's own `migrate()` takes none, and two processes may start on an empty folder at once.
 */
export function migrate(connection: Database.Database, folder: string): void {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  connection.pragma(`busy_timeout = ${LOCK_TIMEOUT_MS}`);
  const apply = connection.transaction(() => {
    connection.exec(
      "CREATE TABLE IF NOT EXISTS migrations (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT",
    );
    // Not part of the schema: its rows carry no data, and exist only for a moment (`room.ts`).
    connection.exec("CREATE TABLE IF NOT EXISTS room (bytes BLOB NOT NULL) STRICT");
    const known = connection.prepare("SELECT hash FROM migrations WHERE hash = ?");
    const remember = connection.prepare("INSERT INTO migrations (hash, created_at) VALUES (?, ?)");
    for (const { hash, folderMillis, sql } of migrations) {
      if (known.get(hash) !== undefined) continue;
      for (const statement of sql) connection.exec(statement);
      remember.run(hash, folderMillis);
    }
  });
  apply.immediate();
  connection.pragma("busy_timeout = 20");
}
