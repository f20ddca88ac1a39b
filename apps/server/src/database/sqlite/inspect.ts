import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";

/** What a database file looks like from outside. */
export interface SqliteFile {
  /** The permissions, as `chmod` counts them. */
  readonly mode: number;
  readonly bytes: number;
  /** The size of the log of writes that are not in the file yet. */
  readonly walBytes: number;
  readonly freeBytes: number;
}

/** What it holds, read without changing anything. */
export interface SqliteContents {
  /** Migrations of this program that it has not seen. */
  readonly pending: number;
  /** Migrations that it has seen and this program does not know. */
  readonly unknown: number;
  /** The answer to each question: the first column of the first row. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Looks at the file; `undefined` where there is none. */
export function inspectFile(path: string): SqliteFile | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  const { bavail, bsize } = statfsSync(dirname(path));
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return { mode: file.mode & 0o777, bytes: file.size, walBytes, freeBytes: bavail * bsize };
}

/** Reads it through, however large it is: `undefined` where it is sound, else what SQLite found. */
export function findDamage(path: string): string | undefined {
  return reading(path, (connection) => {
    const result = connection.pragma("quick_check(1)", { simple: true });
    return result === "ok" ? undefined : String(result);
  });
}

/** Asks the tables, by questions in SQL; only what this program has migrated is asked. */
export function inspectContents(
  path: string,
  migrations: string,
  questions: Readonly<Record<string, string>>,
): SqliteContents {
  return reading(path, (connection) => {
    const own = readMigrationFiles({ migrationsFolder: migrations }).map(({ hash }) => hash);
    const isEmpty =
      connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get() === undefined;
    const seen = isEmpty ? [] : connection.prepare("SELECT hash FROM migrations").pluck().all();
    const pending = own.filter((hash) => !seen.includes(hash)).length;
    const unknown = seen.filter((hash) => !own.includes(String(hash))).length;
    const asked = pending + unknown > 0 ? [] : Object.entries(questions);
    const answers = asked.map(([name, sql]) => [name, connection.prepare(sql).pluck().get()]);
    return { pending, unknown, answers: Object.fromEntries(answers) };
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
