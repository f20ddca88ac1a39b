import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { type Change, changeOf } from "../change.js";
import type { Query, Statement } from "./statement.js";

/** A transaction that is running. */
export interface Transaction {
  /** Drizzle, for statements that are rare. */
  readonly database: NodePgDatabase;
  /** For statements that run often. */
  readonly query: Query;
  /** Writes another change after what was written so far, in the same transaction. */
  add(change: Change | undefined): Promise<void>;
  /**
   * Runs a statement after all others, together with the commit: one that takes a lock which every other writer
   * needs, so that it is the last one, and held for as long as the commit takes.
   */
  atEnd(statement: Statement, values: () => readonly unknown[]): void;
}

/**
 * The writes of one caller; all of them are kept, or none. They may run several times, until they succeed.
 */
export type Statements<T> = (transaction: Transaction) => Promise<T>;

/** The statements of a change in PostgreSQL's stores. */
export type PostgresStatements = (transaction: Transaction) => Promise<void>;

/** For PostgreSQL's stores: makes a change of these statements. */
export function postgresChange(statements: PostgresStatements, committed?: () => void): Change {
  return changeOf({ statements, committed });
}
