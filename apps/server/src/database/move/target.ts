import type pg from "pg";
import { openClients } from "../postgres/client.js";
import { isUnavailable } from "../postgres/failure.js";
import { applyMigrations } from "../postgres/migrate.js";
import { assertUsable, isBeingFilled, MOVE_STATE } from "../postgres/server.js";
import { MoveRefused } from "./failure.js";
import type { MovedTable } from "./tables.js";

/** What a move keeps in the database that it fills, until its end. */
export const STATE = MOVE_STATE;

const CONNECT_MS = 2000;
const AGAIN_MS = 250;

/** The connection of a mover, made again whenever it is lost. */
export interface Target {
  /** Runs a step that may be run again, and waits as long as PostgreSQL is away. */
  run<T>(step: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Runs a step once; what is not answered in time fails. */
  once<T>(ms: number, step: (client: pg.Client) => Promise<T>): Promise<T>;
  close(): void;
}

export interface TargetOptions {
  readonly url: string;
  /** Called while PostgreSQL is away, and when it is back. */
  readonly onAway: (isAway: boolean) => void;
  readonly stop: AbortSignal;
}

export function openTarget({ url, onAway, stop }: TargetOptions): Target {
  const clients = openClients({ url });
  let current: { readonly client: pg.Client; destroy(): void } | undefined;
  const lose = () => {
    current?.destroy();
    current = undefined;
  };
  const connect = async () => {
    if (current !== undefined) return current.client;
    const made = clients.make(CONNECT_MS);
    made.client.on("error", () => {});
    try {
      await made.client.connect();
      for (const limit of [
        "statement_timeout = 0",
        "lock_timeout = '5s'",
        "idle_in_transaction_session_timeout = 0",
      ])
        await made.client.query(`SET ${limit}`);
    } catch (error) {
      made.destroy();
      throw error;
    }
    current = made;
    return made.client;
  };
  return {
    async run(step) {
      for (let isAway = false; ; ) {
        stop.throwIfAborted();
        try {
          const result = await step(await connect());
          if (isAway) onAway(false);
          return result;
        } catch (error) {
          lose();
          if (!isUnavailable(error)) throw error;
          if (!isAway) onAway(true);
          isAway = true;
          await new Promise((again) => setTimeout(again, AGAIN_MS));
        }
      }
    },
    async once(ms, step) {
      const timer = setTimeout(lose, ms);
      try {
        return await step(await connect());
      } catch (error) {
        lose();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: lose,
  };
}

/** All statements of a step, or none of them. */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Migrates the database, and says which move fills it; `undefined` if none does. */
export async function openTables(client: pg.Client, folder: string): Promise<string | undefined> {
  await assertUsable(client, { forWriting: true });
  await inTransaction(client, () => applyMigrations(client, folder));
  return moveIn(client);
}

export async function moveIn(client: pg.Client): Promise<string | undefined> {
  if (!(await isBeingFilled(client))) return undefined;
  const { rows: found } = await client.query<{ text: string }>(
    `SELECT text FROM ${STATE} WHERE kind = 'move'`,
  );
  return found[0]?.text;
}

const DEFINITIONS = `
  SELECT contype::text AS kind, conname AS name, conrelid::regclass::text AS "table",
    pg_get_constraintdef(oid) AS text
  FROM pg_constraint
  WHERE connamespace = current_schema()::regnamespace AND contype IN ('f', 'u') AND conrelid::regclass::text = ANY ($1)
  UNION ALL
  SELECT 'i', indexrelid::regclass::text, indrelid::regclass::text, pg_get_indexdef(indexrelid)
  FROM pg_index
  WHERE indrelid::regclass::text = ANY ($1)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`;

/** Rows that a migration inserts: they are replaced by those that are moved. */
const WITH_ROWS: readonly string[] = ["account_keys", "changes"];

/**
 * Prepares empty tables to be filled: without references and indexes, which are made again at the end, and without
 * triggers, since what they note has happened already.
 */
export async function prepareTables(
  client: pg.Client,
  id: string,
  tables: readonly MovedTable[],
): Promise<void> {
  await inTransaction(client, async () => {
    for (const { name } of tables) {
      if (WITH_ROWS.includes(name)) continue;
      const { rows } = await client.query(`SELECT 1 FROM "${name}" LIMIT 1`);
      if (rows.length > 0)
        throw new MoveRefused("TARGET_NOT_EMPTY", "The database has rows already: name an empty one.");
    }
    await client.query(
      `CREATE TABLE ${STATE} (kind text, name text, "table" text, text text, PRIMARY KEY (kind, name))`,
    );
    await client.query(`INSERT INTO ${STATE} (kind, name, text) VALUES ('move', '', $1)`, [id]);
    const names = tables.map(({ name }) => name);
    await client.query(
      `INSERT INTO ${STATE} (kind, name, "table", text)
      SELECT kind, name, "table", text FROM (${DEFINITIONS}) AS found`,
      [names],
    );
    await openUp(client, tables);
    for (const { kind, name, table } of await definitions(client, ["u", "i"])) {
      await client.query(
        kind === "i" ? `DROP INDEX ${name}` : `ALTER TABLE ${table} DROP CONSTRAINT "${name}"`,
      );
    }
    for (const name of names) await client.query(`DELETE FROM "${name}"`);
  });
}

/** In a transaction: what a switch that was not completed may have put in place is taken away again. */
export async function openUp(client: pg.Client, tables: readonly MovedTable[]): Promise<void> {
  for (const { table, name } of await definitions(client, ["f"]))
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS "${name}"`);
  for (const { name } of tables) await client.query(`ALTER TABLE "${name}" DISABLE TRIGGER USER`);
}

interface Definition {
  readonly kind: "f" | "u" | "i";
  readonly name: string;
  readonly table: string;
  readonly text: string;
}

async function definitions(
  client: pg.Client,
  kinds: ReadonlyArray<Definition["kind"]>,
): Promise<Definition[]> {
  const { rows } = await client.query<Definition>(
    `SELECT kind, name, "table", text FROM ${STATE} WHERE kind = ANY ($1) ORDER BY kind, name`,
    [kinds],
  );
  return rows;
}

/** Makes the indexes that are missing. */
export async function makeIndexes(client: pg.Client): Promise<void> {
  for (const { kind, name, table, text } of await definitions(client, ["u", "i"])) {
    if (kind === "i") await client.query(text.replace(/ INDEX /, " INDEX IF NOT EXISTS "));
    else if (!(await hasConstraint(client, name)))
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${text}`);
  }
  await client.query("ANALYZE");
}

async function hasConstraint(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conname = $1",
    [name],
  );
  return rows.length > 0;
}

/** In the last transaction: takes no time, since it looks at no row. */
export async function closeUp(client: pg.Client, tables: readonly MovedTable[]): Promise<void> {
  for (const { table, name, text } of await definitions(client, ["f"]))
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${text} NOT VALID`);
  for (const { name } of tables) await client.query(`ALTER TABLE "${name}" ENABLE TRIGGER USER`);
}

/** After the switch: looks at all references, and forgets the move. */
export async function completeTables(client: pg.Client): Promise<void> {
  if ((await moveIn(client)) === undefined) return;
  for (const { table, name } of await definitions(client, ["f"]))
    await client.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT "${name}"`);
  await client.query(`DROP TABLE ${STATE}`);
}

/** Deletes everything that a move has made. */
export async function clearTables(client: pg.Client): Promise<void> {
  await inTransaction(client, async () => {
    const { rows } = await client.query<{ text: string }>(`
      SELECT 'DROP TABLE ' || oid::regclass || ' CASCADE' AS text FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
      UNION ALL
      SELECT 'DROP SEQUENCE IF EXISTS changes_n, changed_rows_n'
      UNION ALL
      SELECT 'DROP FUNCTION IF EXISTS ' || oid::regprocedure || ' CASCADE' FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'latchkey\\_%'`);
    for (const { text } of rows) await client.query(text);
  });
}

/** Whether `makeIndexes` has run, or was interrupted. */
export async function hasIndexes(client: pg.Client): Promise<boolean> {
  for (const { name } of await definitions(client, ["u"])) if (await hasConstraint(client, name)) return true;
  return false;
}
