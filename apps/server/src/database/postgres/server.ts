import type pg from "pg";

/** The oldest PostgreSQL that is supported. */
const OLDEST = { number: 140_000, name: "14" };

/** What a server and a database say of themselves. */
export interface ServerFacts {
  /** As in `server_version`: "15.18". */
  readonly version: string;
  readonly versionNumber: number;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  /** Where the tables are; `null` if the role's `search_path` leads nowhere. */
  readonly schema: string | null;
  readonly mayCreate: boolean | null;
  readonly maxConnections: number;
  readonly nowMs: number;
  /** The process that answers. */
  readonly pid: number;
  readonly isDurable: boolean;
}

const FACTS = `
  SELECT current_setting('server_version') AS "version",
    current_setting('server_version_num')::integer AS "versionNumber",
    pg_encoding_to_char(encoding) AS "encoding",
    pg_is_in_recovery() AS "isStandby",
    current_setting('transaction_read_only')::boolean AS "isReadOnly",
    current_schema() AS "schema",
    has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
      AS "maxConnections",
    (extract(epoch from clock_timestamp()) * 1000)::bigint AS "nowMs",
    pg_backend_pid() AS "pid",
    current_setting('fsync')::boolean AND current_setting('synchronous_commit') <> 'off' AS "isDurable"
  FROM pg_database WHERE datname = current_database()`;

export async function factsOf(client: pg.ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(FACTS);
  const [facts] = rows;
  if (facts === undefined) throw new Error("PostgreSQL does not know its own database");
  return facts;
}

/**
 * What the server says of itself. Throws, with a code that `explainPostgresFailure` knows, if this program cannot
 * work with the database.
 */
export async function assertUsable(
  client: pg.ClientBase,
  { forWriting }: { readonly forWriting: boolean },
): Promise<ServerFacts> {
  const facts = await factsOf(client);
  const code = unusableBecause(facts);
  if (code !== undefined) throw Object.assign(new Error("the database cannot be used"), { code });
  if (forWriting && (facts.isStandby || facts.isReadOnly)) {
    throw Object.assign(new Error("the database is read-only"), { code: "POSTGRES_READ_ONLY" });
  }
  return facts;
}

export function unusableBecause({ versionNumber, encoding, schema }: ServerFacts): string | undefined {
  if (versionNumber < OLDEST.number) return "POSTGRES_OLD_SERVER";
  if (encoding !== "UTF8") return "POSTGRES_ENCODING";
  if (schema === null) return "POSTGRES_SCHEMA";
  return undefined;
}

export interface TablesState {
  /** The hashes of the migrations that were applied; `undefined` if there are none of this program's tables. */
  readonly applied: readonly string[] | undefined;
  /** Whether there are tables, but none of this program's. */
  readonly isForeign: boolean;
}

/** The table of a move that fills this database (`move/`). */
export const MOVE_STATE = "latchkey_move";

/** Whether a move fills this database, so that the truth is elsewhere, or was until just now. */
export async function isBeingFilled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('${MOVE_STATE}') IS NOT NULL AS there`,
  );
  return rows[0]?.there === true;
}

/** An extension's tables are no program's. */
const OWN_TABLE = `
  SELECT count(*) FILTER (WHERE relname = 'migrations' AND attname IN ('hash', 'created_at')) AS "own",
    count(*) AS "columns"
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND attnum > 0 AND NOT attisdropped
    AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

/** Other programs, too, have a table named `migrations`, with other columns. */
export async function stateOfTables(client: pg.ClientBase): Promise<TablesState> {
  const { rows } = await client.query<{ own: number; columns: number }>(OWN_TABLE);
  const { own, columns } = rows[0] ?? { own: 0, columns: 0 };
  if (own < 2) return { applied: undefined, isForeign: columns > 0 };
  const { rows: migrations } = await client.query<{ hash: string }>(
    "SELECT hash FROM migrations ORDER BY created_at",
  );
  return { applied: migrations.map(({ hash }) => hash), isForeign: false };
}
