import { readMigrationFiles } from "drizzle-orm/migrator";
import type pg from "pg";
import { DatabaseOlder, type OlderTables } from "../older.js";
import type { Clients } from "./client.js";
import { unavailableOr } from "./failure.js";
import { LOCKS } from "./locks.js";
import { assertUsable, isBeingFilled, type ServerFacts, stateOfTables } from "./server.js";

const CONNECT_MS = 2000;

interface MigrateOptions {
  readonly olderTables?: OlderTables | undefined;
  /** Whether a move that fills the database is followed; otherwise nobody may use it before the end of the move. */
  readonly follows?: boolean | undefined;
}

/**
 * Applies the migrations that this database does not have yet, in one transaction under a lock: several nodes may
 * start at once. Throws `POSTGRES_NEWER`, and changes nothing, if the database has migrations that this program
 * does not know, and `DatabaseOlder` if it lacks some and `olderTables` are to be refused. Without a folder of
 * migrations, only checks that the database can be used. Resolves to what the server says of itself.
 */
export async function migrate(
  clients: Clients,
  folder: string | undefined,
  { olderTables = "upgrade", follows = false }: MigrateOptions = {},
): Promise<ServerFacts> {
  const { client, destroy } = clients.make(CONNECT_MS);
  // Its loss fails what is under way.
  client.on("error", () => {});
  try {
    await client.connect();
    const facts = await assertUsable(client, { forWriting: folder !== undefined });
    if (!follows && (await isBeingFilled(client))) throw refused("POSTGRES_MOVING");
    if (folder === undefined) return facts;
    await client.query("BEGIN");
    await applyMigrations(client, folder, { olderTables });
    await client.query("COMMIT");
    return facts;
  } catch (error) {
    throw unavailableOr(error);
  } finally {
    destroy();
  }
}

interface Applying {
  /** The hashes of those that are wanted; absent: all. */
  readonly only?: readonly string[];
  readonly olderTables?: OlderTables;
}

/** In a transaction. */
export async function applyMigrations(
  client: pg.Client,
  folder: string,
  { only, olderTables = "upgrade" }: Applying = {},
): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  for (const limit of [
    "lock_timeout = '30s'",
    "statement_timeout = 0",
    "idle_in_transaction_session_timeout = '30s'",
  ])
    await client.query(`SET LOCAL ${limit}`);
  await client.query("SELECT pg_advisory_xact_lock($1)", [LOCKS.migrations]);
  const { applied, isForeign } = await stateOfTables(client);
  if (isForeign) throw refused("POSTGRES_FOREIGN");
  const known = migrations.map(({ hash }) => hash);
  if (applied?.some((hash) => !known.includes(hash))) throw refused("POSTGRES_NEWER");
  const isOlder = applied !== undefined && known.some((hash) => !applied.includes(hash));
  if (isOlder && olderTables === "refuse") throw new DatabaseOlder();
  // Also asked for if it exists, the right to create tables would be needed for ever.
  if (applied === undefined) {
    await client.query(
      'CREATE TABLE migrations (hash text COLLATE "C" PRIMARY KEY, created_at bigint NOT NULL)',
    );
  }
  for (const { hash, folderMillis, sql } of migrations) {
    if (applied?.includes(hash) || only?.includes(hash) === false) continue;
    // drizzle-kit names the schema that it knows, and the tables may be in another.
    for (const statement of sql) await client.query(statement.replaceAll('"public".', ""));
    await client.query("INSERT INTO migrations (hash, created_at) VALUES ($1, $2)", [hash, folderMillis]);
  }
}

function refused(code: string): Error {
  return Object.assign(new Error("the database cannot be used"), { code });
}
