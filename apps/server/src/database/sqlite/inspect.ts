import { type Stats, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { MigrationState } from "../copies.js";
import type { DatabaseFile, Inspection } from "../engine.js";
import { compareMigrations } from "../migrations.js";
import { isForeign } from "./check.js";
import { appliedMigrations } from "./migrate.js";
import { isForbidden, unusableFileOf } from "./owner.js";
import { realPathOf } from "./real-path.js";
import { tracesOfLost } from "./traces.js";

/** Examines a database file, even a damaged one: it is opened read-only and read completely. */
export function inspectSqlite(at: string, migrations: string): Inspection {
  const path = realPathOf(at);
  try {
    const traces = tracesOfLost(path);
    if (traces.length > 0) return { state: "lost", traces };
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { state: "absent" };
    if (!stats.isFile()) return { state: "no file" };
    const forbidden = unusableFileOf(path);
    if (forbidden !== undefined) return { state: "forbidden", file: forbidden };
    const file = describeFile(path, stats);
    if (stats.size > 0 && !isSound(path)) return { state: "unusable" };
    if (stats.size > 0 && reading(path, isForeign)) return { state: "foreign" };
    return { state: "sound", place: { file }, migrations: stateOfMigrations(path, migrations) };
  } catch (error) {
    if (isForbidden(error)) return { state: "forbidden", file: unusableFileOf(path) ?? path };
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

function stateOfMigrations(path: string, folder: string): MigrationState {
  const own = readMigrationFiles({ migrationsFolder: folder });
  return reading(path, (connection) => compareMigrations(appliedMigrations(connection), own));
}

function reading<T>(path: string, use: (connection: Database.Database) => T): T {
  const connection = new Database(path, { readonly: true, timeout: 5000 });
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}
