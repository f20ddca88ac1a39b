import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";

/** Users and the blacklist in SQLite, as the rivals keep them. @param {string} path */
export function openStore(path) {
  const db = new Database(path, { timeout: 5000 });
  db.pragma("journal_mode = WAL");
  // As Latchkey's default: an answer is sent when the data is on disk.
  db.pragma("synchronous = FULL");
  db.exec(`
    CREATE TABLE IF NOT EXISTS users (
      id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE,
      username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
      first_name TEXT, last_name TEXT, phone_number TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS blacklist (jti TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) WITHOUT ROWID;
  `);
  const byUuid = db.prepare("SELECT * FROM users WHERE uuid = ?");
  const byName = db.prepare("SELECT * FROM users WHERE username = ?");
  const taken = db.prepare("SELECT username, email FROM users WHERE username = ? OR email = ?");
  const insert = db.prepare(
    "INSERT INTO users (uuid, email, username, hashed_password, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const isDead = db.prepare("SELECT 1 FROM blacklist WHERE jti = ?").pluck();
  const kill = db.prepare("INSERT OR IGNORE INTO blacklist (jti, ends_at) VALUES (?, ?)");
  return {
    /** @param {string} uuid @returns {any} */
    byUuid: (uuid) => byUuid.get(uuid),
    /** @param {string} name @returns {any} */
    byName: (name) => byName.get(name),
    /** @param {string} username @param {string} email */
    isTaken: (username, email) => taken.get(username, email) !== undefined,
    /** @param {{ username: string, email: string, hash: string }} user @returns {any} */
    insert({ username, email, hash }) {
      const uuid = randomUUID();
      const now = `${new Date().toISOString().slice(0, 19)}Z`;
      insert.run(uuid, email, username, hash, now, now);
      return byUuid.get(uuid);
    },
    /** @param {string} jti */
    isDead: (jti) => isDead.get(jti) !== undefined,
    /** Of many at once, one wins. @param {string} jti @param {number} endsAtSeconds */
    kill: (jti, endsAtSeconds) => kill.run(jti, endsAtSeconds).changes === 1,
  };
}
