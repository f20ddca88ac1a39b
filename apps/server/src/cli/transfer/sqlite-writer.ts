import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";

/** Writes users into a separate SQLite file, in the form that FastAPI programs use. */
export interface SqliteUserWriter {
  /** Takes the values by column name. */
  write(rows: ReadonlyArray<Readonly<Record<string, string | number | null>>>): void;
  close(): void;
}

const SCHEMA = `
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL UNIQUE,
  hashed_password TEXT NOT NULL,
  disabled BOOLEAN NOT NULL DEFAULT 0,
  disabled_reason TEXT,
  role TEXT NOT NULL DEFAULT 'user',
  language TEXT,
  email_verified_at DATETIME,
  must_change_password BOOLEAN NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  second_factors TEXT
);
CREATE TABLE user_info (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL UNIQUE REFERENCES users (id),
  first_name TEXT,
  last_name TEXT,
  phone_number TEXT
);`;

/** Creates the file, readable by its owner only; it must not exist yet. */
export function createSqliteUserFile(path: string): SqliteUserWriter {
  closeSync(openSync(path, "wx", 0o600));
  const connection = new Database(path);
  connection.exec(SCHEMA);
  const user = connection.prepare(
    `INSERT INTO users (uuid, email, username, hashed_password, disabled, disabled_reason, role, language,
      email_verified_at, must_change_password, created_at, updated_at, second_factors)
    VALUES (:uuid, :email, :username, :hashed_password, :disabled, :disabled_reason, :role, :language,
      :email_verified_at, :must_change_password, :created_at, :updated_at, :second_factors)`,
  );
  const info = connection.prepare(
    `INSERT INTO user_info (user_id, first_name, last_name, phone_number)
    VALUES (:user_id, :first_name, :last_name, :phone_number)`,
  );
  const writeAll = connection.transaction<SqliteUserWriter["write"]>((rows) => {
    for (const row of rows) info.run({ ...row, user_id: user.run(row).lastInsertRowid });
  });
  return { write: (rows) => writeAll(rows), close: () => connection.close() };
}
