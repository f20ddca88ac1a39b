import { join } from "node:path";
import type { Database } from "../database.js";
import type { DatabaseEngine } from "../engine.js";
import { openClients } from "./client.js";
import { explainPostgresFailure } from "./explain.js";
import { inspectPostgres } from "./inspect.js";
import { openPostgres, type Postgres } from "./postgres.js";
import { copyForTrial } from "./trial-copy.js";
import { parsePostgresUrl } from "./url.js";

/** PostgreSQL: a URL names the server, the user and the database. */
export const postgresEngine: DatabaseEngine = {
  parseUrl: parsePostgresUrl,
  open: async ({ url, migrations, olderTables, pool, pooler, metrics, onConnected, follows }) =>
    databaseOfPostgres(
      await openPostgres({
        url,
        migrations: join(migrations, FOLDER),
        olderTables,
        pool,
        pooler,
        metrics,
        onConnected,
        follows,
      }),
    ),
  openForReading: async (options) =>
    databaseOfPostgres(await openPostgres({ ...options, migrations: undefined })),
  // Servers of the version before go on: migrations leave what they use.
  isUpgradeDisruptive: async () => false,
  inspect: ({ url, migrations, pooler }) =>
    inspectPostgres(openClients({ url, pooler }), join(migrations, FOLDER)),
  explain: explainPostgresFailure,
  copies: {
    howToBackUp:
      "PostgreSQL is backed up with its own tools: pg_dump for a copy, or continuous archiving (pg_basebackup and " +
      "the write-ahead log) to go back to any moment. Both are taken while Latchkey is running.",
    howToRestore:
      "PostgreSQL is restored with its own tools: stop all nodes, restore with pg_restore into an empty database or " +
      "recover to a moment, run `latchkey users end-all-sessions`, because sessions that were revoked since the " +
      "backup are valid again, and start the nodes.",
  },
  copyForTrial: ({ url, migrations, pooler }) =>
    copyForTrial({ url, folder: join(migrations, FOLDER), pooler }),
};

const FOLDER = "postgres";

/** An open PostgreSQL database, as all code except its stores sees it. */
export function databaseOfPostgres(postgres: Postgres): Database {
  return {
    storeOf: (makers) => makers.postgres(postgres),
    state: postgres.state,
    // Each look is sent after the requests of its turn were read, so none is older than they are.
    expireLook() {},
    close: postgres.close,
  };
}
