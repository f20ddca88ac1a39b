import BetterSqlite3 from "better-sqlite3";
import pg from "pg";
import { describe, inject } from "vitest";
import type { Change } from "../../apps/server/src/database/change.js";
import type { Database } from "../../apps/server/src/database/database.js";
import { databaseOfPostgres } from "../../apps/server/src/database/postgres/engine.js";
import { openPostgres } from "../../apps/server/src/database/postgres/postgres.js";
import { databaseOf } from "../../apps/server/src/database/sqlite/engine.js";
import { NOTHING_KEPT } from "../../apps/server/src/database/sqlite/row-cache.js";
import { openSqlite } from "../../apps/server/src/database/sqlite/sqlite.js";
import { openAccountStore } from "../../apps/server/src/features/accounts/index.js";
import type { Account } from "../../apps/server/src/features/accounts/store.js";
import { pooled } from "./pooled.js";
import { createMigrated, dropDatabase, POSTGRES_MIGRATIONS } from "./postgres.js";
import { MIGRATIONS, openTestSqlite } from "./sqlite.js";

/** A real database of the caller's own, opened twice as by two processes. */
export interface TestDatabases {
  readonly database: Database;
  readonly other: Database;
  /**
   * Commits a change that a store over `database` has made. Which rows are changed, the change itself must
   * say.
   */
  commit(change: Change): Promise<void>;
  /** Runs statements in one transaction, as another program does, such as psql or sqlite3. */
  run(...statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface TestEngine {
  readonly engine: "SQLite" | "PostgreSQL";
  open(): Promise<TestDatabases>;
}

/** Runs a suite on every engine; where PostgreSQL is absent, its tests count as skipped. */
export function describeEachEngine(title: string, suite: (engine: TestEngine) => void): void {
  for (const each of [SQLITE, POSTGRES]) {
    const isAbsent = each === POSTGRES && inject("postgresUrl") === "";
    describe.skipIf(isAbsent)(title.replace("$engine", each.engine), () => suite(each));
  }
}

const SQLITE: TestEngine = { engine: "SQLite", open: openSqliteTwice };
export const POSTGRES: TestEngine = { engine: "PostgreSQL", open: openPostgresTwice };

async function openPostgresTwice(): Promise<TestDatabases> {
  const url = await createMigrated(inject("postgresUrl"));
  const migrations = POSTGRES_MIGRATIONS;
  const [postgres, other] = [
    await openPostgres({ ...pooled(url), migrations }),
    await openPostgres({ ...pooled(url), migrations }),
  ];
  return {
    database: databaseOfPostgres(postgres),
    other: databaseOfPostgres(other),
    commit: (change) => postgres.write((transaction) => transaction.add(change)),
    async run(...statements) {
      const client = new pg.Client(url);
      await client.connect();
      await client.query(["BEGIN", ...statements, "COMMIT"].join(";")).finally(() => client.end());
    },
    async close() {
      await Promise.all([postgres.close(), other.close()]);
      await dropDatabase(url);
    },
  };
}

async function openSqliteTwice(): Promise<TestDatabases> {
  const { sqlite, database, path, close } = openTestSqlite();
  const other = databaseOf(openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" }));
  return {
    database,
    other,
    commit: (change) => sqlite.write((add) => add(change), NOTHING_KEPT),
    async run(...statements) {
      const connection = new BetterSqlite3(path, { timeout: 5000 });
      connection.pragma("foreign_keys = ON");
      connection.exec(["BEGIN IMMEDIATE", ...statements, "COMMIT"].join(";"));
      connection.close();
    },
    async close() {
      await other.close();
      close();
    },
  };
}

/** Inserts ordinary users with these names, which are their uuids as well. */
export async function insertUsers(database: Database, ...names: readonly string[]): Promise<Account[]> {
  const accounts = openAccountStore(database);
  const inserted: Account[] = [];
  for (const name of names) {
    const texts = { firstName: null, lastName: null, phoneNumber: null };
    const keys = { email: name, emailKey: name, username: name, usernameKey: name };
    const result = await accounts.insert({
      uuid: name,
      ...keys,
      ...texts,
      hashedPassword: "",
      createdAtMs: 0,
    });
    if (!("inserted" in result)) throw new Error(`${name} is taken`);
    inserted.push(result.inserted);
  }
  return inserted;
}
