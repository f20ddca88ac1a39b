import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { DatabaseState } from "../availability.js";
import { watchChanges } from "./changes.js";
import { clientConfig, openConnection } from "./connection.js";
import { unavailableOr } from "./failure.js";
import { type KeptRows, type KeptRowsOptions, keepRows } from "./kept-rows.js";
import { createLane, type Lane } from "./lane.js";
import { migrate } from "./migrate.js";
import { openReader, type Reader } from "./reader.js";
import type { Query } from "./statement.js";
import { transactions } from "./transactions.js";
import type { Statements } from "./write.js";

export { postgresChange } from "./write.js";

/** A PostgreSQL database, as its stores see it. Everything rejects with `DatabaseUnavailable` while it cannot answer. */
export interface Postgres {
  /**
   * Runs a statement by itself, on the connection that looks: for reads that are frequent. They are pipelined,
   * and answered in order.
   */
  readonly query: Query;
  /** Reads with drizzle: for what is rare. */
  read<T>(query: (database: NodePgDatabase) => Promise<T>): Promise<T>;
  /** Opens a connection for long reads: all of them see the database at one moment. */
  openReader(): Promise<Reader>;
  /**
   * Runs a short transaction; resolves when it is on disk. After a conflict with another one it is run again, so
   * that the statements may run several times.
   */
  write<T>(statements: Statements<T>): Promise<T>;
  /** Rows that are kept in memory, for what nearly every request asks. */
  keepRows<V>(options: KeptRowsOptions<V>): KeptRows<V>;
  /** Gathers frequent writes of one kind into statements over many rows, each a transaction of its own. */
  lane<T, R>(write: (items: readonly T[], query: Query) => Promise<readonly R[]>): Lane<T, R>;
  state(): DatabaseState;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly url: string;
  readonly migrations: string;
}

/** Opens a database, and brings its tables up to date. */
export async function openPostgres({ url, migrations }: PostgresOptions): Promise<Postgres> {
  await migrate(url, migrations);
  const looking = openConnection(url);
  const writing = openConnection(url);
  const pool = new pg.Pool({ ...clientConfig(url), max: 8, pipeline: true } as pg.PoolConfig);
  // A connection that is lost while it is idle is replaced when one is needed.
  pool.on("error", () => {});
  const watch = watchChanges(looking.query);
  const database = drizzle(pool);
  return {
    query: looking.query,
    async read(query) {
      try {
        return await query(database);
      } catch (error) {
        throw unavailableOr(error);
      }
    },
    openReader: () => openReader(url),
    write: transactions(pool),
    keepRows: (options) => keepRows(watch, options),
    lane: (write) => createLane({ write: (items) => write(items, writing.query) }),
    state: () => "up",
    async close() {
      await Promise.all([looking.close(), writing.close(), pool.end()]);
    },
  };
}
