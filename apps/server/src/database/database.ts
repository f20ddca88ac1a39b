import type { DatabaseState } from "./availability.js";
import type { Postgres } from "./postgres/postgres.js";
import type { Sqlite } from "./sqlite/sqlite.js";

/** How a store is made for each engine. If one is missing for an engine, this does not compile. */
export interface StoreMakers<S> {
  readonly sqlite: (sqlite: Sqlite) => S;
  readonly postgres: (postgres: Postgres) => S;
}

/** An open database of any engine. Its contents are accessible only through stores. */
export interface Database {
  /** A store over this database. */
  storeOf<S>(makers: StoreMakers<S>): S;
  state(): DatabaseState;
  /**
   * Checks again for changes of other processes before any cached data is used: for a request that may have
   * been sent later than the one ahead of it on its connection.
   */
  expireLook(): void;
  /** Completes the waiting writes, and refuses new ones. */
  close(): Promise<void>;
}
