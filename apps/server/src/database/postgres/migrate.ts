import { readMigrationFiles } from "drizzle-orm/migrator";
import pg from "pg";
import { compareMigrations } from "../migrations.js";
import { clientConfig } from "./connection.js";
import { LOCKS } from "./locks.js";

/**
 * Applies the migrations that this database does not have yet, in one transaction under a lock: several nodes may
 * start at once. Throws `DATABASE_NEWER`, and changes nothing, if the database has migrations that this program
 * does not know.
 */
export async function migrate(url: string, folder: string): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  const client = new pg.Client({ ...clientConfig(url), query_timeout: 0 });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL lock_timeout = '30s'");
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCKS.migrations]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (hash text COLLATE "C" PRIMARY KEY, created_at bigint NOT NULL)',
    );
    const { rows } = await client.query<{ hash: string }>("SELECT hash FROM migrations");
    const applied = rows.map(({ hash }) => hash);
    if (compareMigrations(applied, migrations).unknown > 0) throw newer();
    for (const { hash, folderMillis, sql } of migrations) {
      if (applied.includes(hash)) continue;
      for (const statement of sql) await client.query(statement);
      await client.query("INSERT INTO migrations (hash, created_at) VALUES ($1, $2)", [hash, folderMillis]);
    }
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
}

function newer(): Error {
  return Object.assign(new Error("the database has unknown migrations"), { code: "DATABASE_NEWER" });
}
