import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../database.js";
import type { DatabaseEngine } from "../engine.js";
import { checkBackup, copySqlite } from "./backup.js";
import { describeLoss, explainSqliteFailure } from "./explain.js";
import { instanceOf } from "./identity.js";
import { isInUse } from "./in-use.js";
import { inspectSqlite } from "./inspect.js";
import { findBackup, noteBackup } from "./last-backup.js";
import { realPathOf } from "./real-path.js";
import { prepareRestore } from "./restore.js";
import { openSqlite, openSqliteForReading, type Sqlite } from "./sqlite.js";
import { copyForTrial } from "./trial-copy.js";
import { parseSqliteUrl } from "./url.js";
import { clearAbandoned } from "./work-folder.js";

/** SQLite: a URL is the path of a file. */
export const sqliteEngine: DatabaseEngine = {
  parseUrl: parseSqliteUrl,
  open: async ({ url, migrations, onLost, olderTables, synchronous, keepsRoom }) =>
    databaseOf(
      openSqlite({
        path: url,
        migrations: join(migrations, FOLDER),
        ...(olderTables !== undefined && { olderTables }),
        synchronous,
        keepsRoom,
        onLost: onLost && ((loss) => onLost(loss && describeLoss(loss))),
      }),
    ),
  openForReading: async ({ url }) => databaseOf(openSqliteForReading(url)),
  isUpgradeDisruptive: async ({ url }) => isInUse(realPathOf(url)),
  inspect: async ({ url, migrations }) => inspectSqlite(url, join(migrations, FOLDER)),
  explain: explainSqliteFailure,
  copies: {
    exists: existsSync,
    instanceOf,
    backUp(url, file, tell) {
      clearAbandoned(url);
      return copySqlite(url, file, tell);
    },
    noteBackup,
    lastBackup: findBackup,
    check: (file, migrations) => checkBackup(file, join(migrations, FOLDER)),
    prepareRestore,
  },
  copyForTrial: ({ url }) => copyForTrial(url),
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
