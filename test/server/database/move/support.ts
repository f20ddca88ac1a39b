import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { inject } from "vitest";
import {
  type MoveOptions,
  type MoveOutcome,
  moveStore,
} from "../../../../apps/server/src/database/move/mover.js";
import { MIGRATIONS } from "../../../../apps/server/src/host.js";
import { createDatabase, dropDatabase } from "../../../support/postgres.js";
import { startServer, type TestServer, type TestServerOptions } from "../../../support/server.js";

export const HAS_POSTGRES = inject("postgresUrl") !== "";

/** A SQLite file that servers use, and an empty PostgreSQL database that it moves to. */
export interface Moving {
  readonly path: string;
  readonly url: string;
  serve(options?: TestServerOptions): Promise<TestServer>;
  /** `onPhase` may throw, which ends the mover as a kill would. */
  move(options?: Partial<MoveOptions> & { readonly onPhase?: (phase: string) => void }): Promise<MoveOutcome>;
  /** Reads the file as any program would. */
  sqlite<T>(use: (connection: Database.Database) => T): T;
  postgres(text: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>;
  end(): Promise<void>;
}

export async function openMoving(): Promise<Moving> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-move-"));
  const path = join(folder, "latchkey.db");
  const url = await createDatabase(inject("postgresUrl"));
  const servers: TestServer[] = [];
  return {
    path,
    url,
    async serve(options = {}) {
      const server = await startServer({ databasePath: path, ...options });
      servers.push(server);
      return server;
    },
    move: ({ onPhase = () => {}, ...options } = {}) =>
      moveStore({
        path,
        url,
        migrations: MIGRATIONS,
        isRehearsal: false,
        stop: new AbortController().signal,
        tell: { phase: onPhase, rows: () => {}, away: () => {} },
        ...options,
      }),
    sqlite(use) {
      const connection = new Database(path, { timeout: 5000 });
      try {
        return use(connection);
      } finally {
        connection.close();
      }
    },
    async postgres(text) {
      const client = new pg.Client(url);
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    async end() {
      for (const server of servers) await server.close();
      await dropDatabase(url);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
