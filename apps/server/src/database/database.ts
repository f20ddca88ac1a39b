import type { DatabaseState } from "./availability.js";
import type { Sqlite } from "./sqlite/sqlite.js";

/** How a store is made over each engine. An engine for which one is missing does not compile. */
export interface StoreMakers<S> {
  readonly sqlite: (sqlite: Sqlite) => S;
}

/** A database that is open, whichever engine keeps it. What is in it is reached through stores alone. */
export interface Database {
  /** A store over this database. */
  storeOf<S>(makers: StoreMakers<S>): S;
  state(): DatabaseState;
  /**
   * Asks again for the changes of other processes before anything that is kept in memory is used: for a
   * request that may have been sent later than the one ahead of it on its connection.
   */
  expireLook(): void;
  /** Writes what is waiting, and refuses what comes. */
  close(): Promise<void>;
}
