import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqlite, type Sqlite, type SqliteOptions } from "../../apps/server/src/database/sqlite/sqlite.js";

export const MIGRATIONS = fileURLToPath(new URL("../../apps/server/migrations/sqlite", import.meta.url));

export interface TestSqlite {
  readonly sqlite: Sqlite;
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
    path,
    close() {
      sqlite.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
