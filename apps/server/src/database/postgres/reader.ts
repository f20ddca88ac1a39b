import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { clientConfig } from "./connection.js";
import { unavailableOr } from "./failure.js";

/** A connection of its own for reads that take long, all of which see the database at one moment. */
export interface Reader {
  readonly database: NodePgDatabase;
  close(): Promise<void>;
}

/** Opens such a connection, without limits of time. */
export async function openReader(url: string): Promise<Reader> {
  const client = new pg.Client({ ...clientConfig(url), query_timeout: 0 });
  try {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SET LOCAL statement_timeout = 0");
    await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  } catch (error) {
    await client.end().catch(() => undefined);
    throw unavailableOr(error);
  }
  // A lost connection is reported by the next statement.
  client.on("error", () => {});
  return { database: drizzle(client), close: () => client.end() };
}
