import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Clients } from "./client.js";
import { atMost } from "./deadline.js";
import { unavailableOr } from "./failure.js";

const CONNECT_MS = 2000;
const END_MS = 1000;

/** A connection of its own for reads that take long, all of which see the database at one moment. */
export interface Reader {
  readonly database: NodePgDatabase;
  close(): Promise<void>;
}

/** Opens such a connection, without limits of time. */
export async function openReader(clients: Clients): Promise<Reader> {
  const { client, destroy } = clients.make(CONNECT_MS);
  // A lost connection is reported by the next statement.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SET LOCAL statement_timeout = 0");
    await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  } catch (error) {
    destroy();
    throw unavailableOr(error);
  }
  return {
    database: drizzle(client),
    async close() {
      await atMost(END_MS, client.end());
      destroy();
    },
  };
}
