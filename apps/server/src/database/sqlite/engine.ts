import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../database.js";
import type { DatabaseEngine } from "../engine.js";
import { copySqlite } from "./backup.js";
import { inspectSqlite } from "./inspect.js";
import { noteBackup } from "./last-backup.js";
import { openSqlite, openSqliteForReading, type Sqlite } from "./sqlite.js";
import { copyForTrial } from "./trial-copy.js";
import { parseSqliteUrl } from "./url.js";

/** SQLite: a URL is the path of a file. */
export const sqliteEngine: DatabaseEngine = {
  parseUrl: parseSqliteUrl,
  open: async ({ url, migrations, ...options }) =>
    databaseOf(openSqlite({ path: url, migrations: join(migrations, FOLDER), ...options })),
  openForReading: async (url) => databaseOf(openSqliteForReading(url)),
  exists: existsSync,
  inspect: async (url, migrations) => inspectSqlite(url, join(migrations, FOLDER)),
  backUp: copySqlite,
  noteBackup,
  copyForTrial,
};

const FOLDER = "sqlite";

/** An open SQLite database, as all code except its stores sees it. */
export function databaseOf(sqlite: Sqlite): Database {
  return {
    storeOf: (makers) => makers.sqlite(sqlite),
    state: sqlite.state,
    expireLook: sqlite.expireVersion,
    async close() {
      sqlite.close();
    },
  };
}
