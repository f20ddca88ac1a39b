import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Metrics } from "../../world/metrics.js";
import { type DatabaseState, DatabaseUnavailable } from "../availability.js";
import type { Connections } from "../connections.js";
import type { OlderTables } from "../older.js";
import { watchChanges } from "./changes.js";
import { openClients, type Pooler } from "./client.js";
import { openConnection } from "./connection.js";
import { unavailableOr } from "./failure.js";
import { openHealth } from "./health.js";
import { type KeptRows, type KeptRowsOptions, keepRows } from "./kept-rows.js";
import { createLane, type Lane } from "./lane.js";
import { measurePostgres } from "./measure.js";
import { migrate } from "./migrate.js";
import { openPool } from "./pool.js";
import { openReader, type Reader } from "./reader.js";
import type { Query } from "./statement.js";
import { transactions } from "./transactions.js";
import type { Statements } from "./write.js";

export { postgresChange } from "./write.js";

/** A PostgreSQL database, as its stores see it. Everything rejects with `DatabaseUnavailable` while it cannot answer. */
export interface Postgres {
  /**
   * Runs a statement by itself, on the connection that looks: for reads that are frequent. They are pipelined,
   * and answered in order. Never for writes: a statement whose connection was lost is sent again.
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
  /**
   * Gathers frequent writes of one kind into one statement over many rows, or one transaction: all items of a call
   * are kept, or none. If it fails because of one item, each is written by itself.
   */
  lane<T, R>(write: (items: readonly T[], query: Query) => Promise<readonly R[]>): Lane<T, R>;
  state(): DatabaseState;
  /** Waits for what is under way, and refuses what comes later. */
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly url: string;
  /** The folder of PostgreSQL's migrations; absent: the tables must be up to date, and nothing is written. */
  readonly migrations?: string | undefined;
  readonly olderTables?: OlderTables | undefined;
  /** How many connections transactions and rare reads share. */
  readonly pool?: number | undefined;
  readonly pooler?: Pooler | undefined;
  readonly metrics?: Metrics | undefined;
  readonly onConnected?: ((connections: Connections) => void) | undefined;
  /** Whether this process follows a move into this database, which nobody else may use before its end. */
  readonly follows?: boolean | undefined;
}

/** A server that stands still must be noticed before the callers of its readers give up. */
const LOOK_MS = 1000;
const WRITE_MS = 2000;
const POOL = 8;
/** What a process opens beside its pool: the connection that looks, and the one of the lanes. */
export const OWN_CONNECTIONS = 2;

/** Opens a database, and brings its tables up to date. */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const { url, migrations, pool: size = POOL, pooler, metrics } = options;
  const clients = openClients({ url, pooler, isReadOnly: migrations === undefined });
  const health = openHealth();
  const looking = openConnection(clients, { answerMs: LOOK_MS, isReading: true, onAnswer: health.read });
  const writing = openConnection(clients, { answerMs: WRITE_MS, isReading: false, onAnswer: health.wrote });
  const pool = openPool(clients, size);
  const measures = measurePostgres(metrics, pool.inUse);
  const watch = watchChanges(looking.query, measures);
  const write = transactions({ pool, begin: clients.begin, onEnd: health.wrote });
  const lanes: Array<() => Promise<void>> = [];
  let isClosed = false;

  const { maxConnections } = await migrate(clients, migrations, options);
  options.onConnected?.({ most: size + OWN_CONNECTIONS, allowed: maxConnections });
  health.watch(looking.query);

  return {
    query: looking.query,
    async read(query) {
      try {
        return await pool.lend(({ database }) => query(database));
      } catch (error) {
        throw unavailableOr(error);
      }
    },
    openReader: () => openReader(clients),
    write,
    keepRows: (options) => keepRows(watch, options),
    lane(writeAll) {
      const lane = createLane({
        write: (items: Parameters<typeof writeAll>[0]) => writeAll(items, writing.query),
        onBatch: measures.batch,
      });
      lanes.push(lane.settled);
      return (item) => (isClosed ? Promise.reject(new DatabaseUnavailable()) : lane.add(item));
    },
    state: () => (isClosed ? "down" : health.state()),
    async close() {
      isClosed = true;
      health.close();
      await Promise.all(lanes.map((settled) => settled()));
      await pool.close();
      await Promise.all([looking.close(), writing.close()]);
      clients.destroy();
    },
  };
}
