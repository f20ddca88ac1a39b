import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { DatabaseUnavailable } from "../availability.js";
import type { Clients } from "./client.js";
import { atMost } from "./deadline.js";
import { isConnectionLost, isForgotten, isUnavailable, ranOutOfTime } from "./failure.js";
import { openTurns } from "./turns.js";

/** How long a connection may take, and the wait for one that is free while none becomes free. */
const CONNECT_MS = 2000;
/** How long the wait for one may be while others are served: less than clients wait for an answer. */
const WAIT_MS = 6000;
/** How long a statement may take before its connection is given up. */
const STATEMENT_MS = 2000;
/** Longer than any of the limits above. */
const END_MS = 5000;

/** A connection that is lent. */
export interface Lent {
  readonly client: pg.ClientBase;
  readonly database: NodePgDatabase;
}

/** Connections for transactions and rare reads. */
export interface ConnectionPool {
  /** Lends a connection as long as the work takes; rejects with `DatabaseUnavailable` if there is none in time. */
  lend<T>(work: (lent: Lent) => Promise<T>): Promise<T>;
  /** How many are lent. */
  inUse(): number;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export function openPool(clients: Clients, max: number): ConnectionPool {
  const pool = new pg.Pool({ ...clients.config(CONNECT_MS), query_timeout: STATEMENT_MS, max });
  // A connection that is lost is replaced when one is needed: what was under way on it has failed by itself.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  const turns = openTurns({ most: max, silentMs: CONNECT_MS, longestMs: WAIT_MS });
  const databases = new WeakMap<pg.ClientBase, NodePgDatabase>();
  const working = new Set<Promise<unknown>>();
  let isClosed = false;

  const databaseOver = (client: pg.PoolClient) => {
    const database = databases.get(client) ?? drizzle(client);
    databases.set(client, database);
    return database;
  };

  const lendNow = async <T>(work: (lent: Lent) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
    let isUsable = true;
    try {
      return await work({ client, database: databaseOver(client) });
    } catch (error) {
      isUsable = !isConnectionLost(error) && !isForgotten(error);
      throw error;
    } finally {
      client.release(!isUsable);
    }
  };

  const lend = async <T>(work: (lent: Lent) => Promise<T>): Promise<T> => {
    await turns.take();
    let failure: unknown;
    try {
      return await lendNow(work);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (ranOutOfTime(failure)) turns.refuseAll(new DatabaseUnavailable(failure));
      turns.end(failure === undefined || !isUnavailable(failure));
    }
  };

  return {
    async lend(work) {
      if (isClosed) throw new DatabaseUnavailable();
      const result = lend(work);
      working.add(result);
      try {
        return await result;
      } finally {
        working.delete(result);
      }
    },
    inUse: () => pool.totalCount - pool.idleCount,
    async close() {
      isClosed = true;
      await Promise.allSettled(working);
      await atMost(END_MS, pool.end());
    },
  };
}
