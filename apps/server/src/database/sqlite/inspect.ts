import { type Stats, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { DatabaseFile, Inspection, MigrationState } from "../engine.js";

/** Examines a database file, even a damaged one: it is opened read-only and read completely. */
export function inspectSqlite(path: string, migrations: string): Inspection {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { state: "absent" };
    const file = describeFile(path, stats);
    if (stats.size > 0 && !isSound(path)) return { state: "unusable" };
    return { state: "sound", file, migrations: compareMigrations(path, migrations) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    return { state: "unusable", code };
  }
}

function describeFile(path: string, { mode }: Stats): DatabaseFile {
  const { bavail, bsize } = statfsSync(dirname(path));
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return { mode: mode & 0o777, walBytes, freeBytes: bavail * bsize };
}

/** Reads the whole file, however large it is. */
function isSound(path: string): boolean {
  return reading(path, (connection) => connection.pragma("quick_check(1)", { simple: true }) === "ok");
}

function compareMigrations(path: string, folder: string): MigrationState {
  return reading(path, (connection) => {
    const own = readMigrationFiles({ migrationsFolder: folder }).map(({ hash }) => hash);
    const isEmpty =
      connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get() === undefined;
    const seen = isEmpty ? [] : connection.prepare("SELECT hash FROM migrations").pluck().all();
    return {
      pending: own.filter((hash) => !seen.includes(hash)).length,
      unknown: seen.filter((hash) => !own.includes(String(hash))).length,
    };
  });
}

function reading<T>(path: string, use: (connection: Database.Database) => T): T {
  const connection = new Database(path, { readonly: true, timeout: 5000 });
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}
