import pg from "pg";
import { DatabaseUnavailable } from "../availability.js";
import { unavailableOr } from "./failure.js";
import type { Query } from "./statement.js";

/** Numbers of 64 bits arrive as JavaScript's: times in milliseconds and row numbers fit. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** How long a statement may take before its connection is given up, which frees the others that wait on it. */
const STATEMENT_MS = 2000;
const CONNECT_MS = 2000;

/** What all connections have in common. */
export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: "latchkey",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
  };
}

/** One connection that is opened when it is needed, and again after it was lost. */
export interface Connection {
  /** Statements are sent at once and answered in order. */
  readonly query: Query;
  close(): Promise<void>;
}

export function openConnection(url: string): Connection {
  let opening: Promise<pg.Client> | undefined;
  let closed = false;

  const connect = async () => {
    const client = new pg.Client({ ...clientConfig(url), pipeline: true } as pg.ClientConfig);
    const forget = () => {
      if (opening === mine) opening = undefined;
    };
    const mine = client.connect().then(() => client);
    opening = mine;
    client.on("error", forget).on("end", forget);
    mine.catch(forget);
    return mine;
  };

  return {
    async query<R extends object>({ name, text }: Parameters<Query>[0], values: readonly unknown[]) {
      if (closed) throw new DatabaseUnavailable();
      try {
        const client = await (opening ?? connect());
        const { rows } = await client.query<R>({ name, text, values: [...values] });
        return rows;
      } catch (error) {
        throw unavailableOr(error);
      }
    },
    async close() {
      closed = true;
      const client = await opening?.catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}
