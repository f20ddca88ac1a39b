import { readMigrationFiles } from "drizzle-orm/migrator";
import type pg from "pg";
import type { MigrationState } from "../copies.js";
import type { DatabaseServer, Inspection } from "../engine.js";
import { compareMigrations } from "../migrations.js";
import type { Clients } from "./client.js";
import { explainPostgresFailure } from "./explain.js";
import { codeOf, unavailableOr } from "./failure.js";
import { factsOf, stateOfTables, unusableBecause } from "./server.js";

const CONNECT_MS = 2000;

/** Examines a database over one connection. */
export async function inspectPostgres(clients: Clients, folder: string): Promise<Inspection> {
  const { client, destroy } = clients.make(CONNECT_MS);
  client.on("error", () => {});
  try {
    await client.connect();
    const askedMs = Date.now();
    const facts = await factsOf(client);
    const aheadMs = facts.nowMs - (askedMs + Date.now()) / 2;
    const code = unusableBecause(facts);
    if (code !== undefined) throw Object.assign(new Error("the database cannot be used"), { code });
    const { applied, isForeign } = await stateOfTables(client);
    if (isForeign) return { state: "foreign" };
    const migrations = compareMigrations(applied ?? [], readMigrationFiles({ migrationsFolder: folder }));
    if (applied === undefined) return { state: "absent" };
    const { version, isStandby, isReadOnly, maxConnections, isDurable, mayCreate } = facts;
    const server: DatabaseServer = {
      version,
      isWritable: !isStandby && !isReadOnly,
      maxConnections,
      aheadMs,
      tls: clients.address.tls,
      isDurable,
      mayCreateTables: mayCreate === true,
      mayUseTables: await mayUseTables(client),
      pooler: await poolerBefore(clients, { client, pid: facts.pid }),
      changes: await changesOf(client, migrations),
    };
    return { state: "sound", place: { server }, migrations };
  } catch (error) {
    const failure = explainPostgresFailure(unavailableOr(error));
    const code = codeOf(error);
    return { state: "unusable", ...(code !== "" && { code }), ...(failure && { failure }) };
  } finally {
    destroy();
  }
}

async function mayUseTables(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(`
    SELECT coalesce(bool_and(has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
      AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')), true) AS "may"
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`);
  return rows[0]?.may === true;
}

/** More changes are not counted. */
const MOST_COUNTED = 1_000_000;

/** Tables that a migration has yet to make have no contents. */
async function changesOf(
  client: pg.ClientBase,
  { pending }: MigrationState,
): Promise<DatabaseServer["changes"]> {
  if (pending > 0) return { count: 0, oldestMs: undefined };
  const { rows } = await client.query<{ count: number; oldestMs: number | null }>(
    // Sessions that ended are kept for longer, for the revocation feed.
    `SELECT count(*) AS "count", min(at) AS "oldestMs"
      FROM (SELECT at FROM changes WHERE kind <> 'r' LIMIT ${MOST_COUNTED}) AS counted`,
  );
  return { count: rows[0]?.count ?? 0, oldestMs: rows[0]?.oldestMs ?? undefined };
}

interface Connected {
  readonly client: pg.ClientBase;
  /** The process that answers, as PostgreSQL names it. */
  readonly pid: number;
}

/** A pooler names a process of its own making when a client connects, because it lends several ones. */
async function poolerBefore(clients: Clients, { client, pid }: Connected): Promise<DatabaseServer["pooler"]> {
  const announced = "processID" in client ? client.processID : pid;
  if (clients.pooler === "none") return announced === pid ? "none" : "unexpected";
  return (await keepsStatements(clients)) ? "expected" : "unprepared";
}

/** Asks for a statement under one name from two clients, which a pooler may give the same connection. */
async function keepsStatements(clients: Clients): Promise<boolean> {
  for (let tries = 0; tries < 2; tries++) {
    const { client, destroy } = clients.make(CONNECT_MS);
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query({ name: "doctor", text: "SELECT 1" });
    } catch (error) {
      if (LOSES_STATEMENTS.includes(codeOf(error))) return false;
      throw error;
    } finally {
      destroy();
    }
  }
  return true;
}

/** The name is unknown to the connection that was lent, or another client's. */
const LOSES_STATEMENTS = ["26000", "42P05"];
