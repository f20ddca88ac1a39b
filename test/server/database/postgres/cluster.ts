import pg from "pg";
import { inject } from "vitest";
import {
  openPostgres,
  type Postgres,
  type PostgresOptions,
} from "../../../../apps/server/src/database/postgres/postgres.js";
import type { Query } from "../../../../apps/server/src/database/postgres/statement.js";
import { pooled } from "../../../support/pooled.js";
import { createMigrated, dropDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";

/** Whether this run has a PostgreSQL. */
export const HAS_POSTGRES = inject("postgresUrl") !== "";

/** A database of the caller's own, and someone who uses it with another program. */
export interface Scene {
  readonly url: string;
  readonly postgres: Postgres;
  /** Runs a statement as an operator would in psql. */
  psql<R extends pg.QueryResultRow>(statement: string): Promise<R[]>;
  /** Ends the connections of `postgres`, as an operator would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function openScene(options: Partial<PostgresOptions> = {}): Promise<Scene> {
  const url = options.url ?? (await createMigrated(inject("postgresUrl")));
  const opened = options.url === undefined ? pooled(url) : { url };
  const postgres = await openPostgres({ migrations: POSTGRES_MIGRATIONS, ...options, ...opened });
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  return {
    url,
    postgres,
    async psql(statement) {
      const { rows } = await client.query(statement);
      return rows;
    },
    async kill() {
      await client.query(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = current_database() " +
          "AND pid <> pg_backend_pid() AND application_name = 'latchkey'",
      );
    },
    async close() {
      await postgres.close();
      await client.end();
      if (options.url === undefined) await dropDatabase(url);
    },
  };
}

/** Which token each of these sessions has. */
export async function loadTokens(query: Query, ids: readonly string[]): Promise<Map<string, string>> {
  const text = 'SELECT id, token_id AS "tokenId" FROM sessions WHERE id = ANY($1)';
  const rows = await query<{ id: string; tokenId: string }>({ name: "test_sessions", text }, [ids]);
  return new Map(rows.map(({ id, tokenId }) => [id, tokenId]));
}

/** Rows of sessions, kept as the store of sessions keeps them. */
export function keepSessions(postgres: Postgres) {
  const loads: string[][] = [];
  const kept = postgres.keepRows<string>({
    kind: "s",
    load(ids) {
      loads.push([...ids]);
      return loadTokens(postgres.query, ids);
    },
  });
  return { get: kept.get, loads };
}
