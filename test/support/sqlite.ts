import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "../../apps/server/src/database/database.js";
import { databaseOf } from "../../apps/server/src/database/sqlite/engine.js";
import { openSqlite, type Sqlite, type SqliteOptions } from "../../apps/server/src/database/sqlite/sqlite.js";

export const MIGRATIONS = fileURLToPath(new URL("../../apps/server/migrations/sqlite", import.meta.url));

export interface TestSqlite {
  readonly sqlite: Sqlite;
  /** The same, as features see it. */
  readonly database: Database;
  readonly path: string;
  close(): void;
}

/** The caller's own real SQLite file, with all tables. */
export function openTestSqlite(synchronous: SqliteOptions["synchronous"] = "full"): TestSqlite {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-sqlite-"));
  const path = join(folder, "latchkey.db");
  const sqlite = openSqlite({ path, migrations: MIGRATIONS, synchronous });
  return {
    sqlite,
    database: databaseOf(sqlite),
    path,
    close() {
      sqlite.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The SQLite behind a server's database, which no feature sees. */
export function sqliteOf({ database }: { readonly database: Database }): Sqlite {
  return database.storeOf({
    sqlite: (sqlite) => sqlite,
    postgres: () => {
      throw new Error("This test looks into SQLite");
    },
  });
}
