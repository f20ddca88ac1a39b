import { sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { lock } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";

const REFUSE = "RAISE EXCEPTION 'the audit log is append-only'; END IF;";
const NEWEST = "(SELECT at FROM audit_entries ORDER BY number DESC LIMIT 1)";

/** Whether the beginning up to NEW must stay: `rules.ts` says what may be deleted. */
const UNLESS_IT_MAY_BE_CUT = `
  newest := ${NEWEST};
  oldest := newest - (SELECT nullif(days, 0) FROM audit_retention) * 86400000::bigint;
  IF NEW.id <> 1
    OR NOT EXISTS (SELECT 1 FROM audit_entries WHERE number = NEW.number AND hash = NEW.hash)
    OR EXISTS (SELECT 1 FROM audit_entries WHERE number <= NEW.number AND at BETWEEN oldest AND newest)
    OR coalesce((SELECT at FROM audit_entries WHERE number > NEW.number AND at <= newest
      ORDER BY number LIMIT 1) >= oldest, true) THEN ${REFUSE}`;

const IS_TOLD = `EXISTS (SELECT 1 FROM (SELECT action, details FROM audit_entries ORDER BY number DESC LIMIT 1)
    AS latest WHERE CASE WHEN action = 'audit.retention' THEN (details::json ->> 'days')::integer = NEW.days END)`;

/**
 * What a trigger is created with, the bits of its kind in `pg_trigger.tgtype`, and what its function runs.
 */
interface Guard {
  readonly table: "audit_entries" | "audit_checkpoint" | "audit_retention";
  readonly when: string;
  readonly kind: number;
  readonly body: string;
}

const ROW = 1;
const BEFORE = 2;
const INSERT = 4;
const DELETE = 8;
const UPDATE = 16;
const TRUNCATE = 32;

const never = (table: Guard["table"], event: "UPDATE" | "DELETE" | "TRUNCATE"): Guard => ({
  table,
  when: `BEFORE ${event} ON ${table} FOR EACH STATEMENT`,
  kind: BEFORE | { UPDATE, DELETE, TRUNCATE }[event],
  body: `BEGIN IF true THEN ${REFUSE} END`,
});

const eachRow = (table: Guard["table"], event: "INSERT" | "UPDATE", statements: string): Guard => ({
  table,
  when: `BEFORE ${event} ON ${table} FOR EACH ROW`,
  kind: ROW | BEFORE | { INSERT, UPDATE }[event],
  body: `DECLARE newest bigint; oldest bigint; BEGIN ${statements} RETURN NEW; END`,
});

/**
 * Refuses what an append-only table does not need, as SQLite's tables do: entries are only added after the
 * newest one, only those up to the checkpoint can be deleted, the checkpoint moves only over entries that are
 * too old by the newest entry's time, and how long entries are kept changes only together with an entry that
 * says so. A user who may change the schema can undo all this, but cannot make the hashes fit.
 */
const APPEND_ONLY: ReadonlyMap<string, Guard> = new Map(
  Object.entries({
    audit_entries_follow: {
      table: "audit_entries",
      when: "AFTER INSERT ON audit_entries REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
      kind: INSERT,
      body: `DECLARE first bigint; last bigint; many bigint;
        BEGIN
          SELECT min(number), max(number), count(*) INTO first, last, many FROM added;
          IF many > 0 AND (last - first + 1 <> many
            OR EXISTS (SELECT 1 FROM audit_entries WHERE number > last)
            OR first <> 1 + coalesce((SELECT max(number) FROM audit_entries WHERE number < first),
              (SELECT number FROM audit_checkpoint), 0)) THEN ${REFUSE}
          RETURN NULL;
        END`,
    },
    audit_entries_stay: never("audit_entries", "UPDATE"),
    audit_entries_remain: {
      table: "audit_entries",
      when: "AFTER DELETE ON audit_entries REFERENCING OLD TABLE AS removed FOR EACH STATEMENT",
      kind: DELETE,
      body: `BEGIN
          IF EXISTS (SELECT 1 FROM removed
            WHERE number > coalesce((SELECT number FROM audit_checkpoint), 0)) THEN ${REFUSE}
          RETURN NULL;
        END`,
    },
    audit_entries_are_not_emptied: never("audit_entries", "TRUNCATE"),
    audit_checkpoint_begins: eachRow(
      "audit_checkpoint",
      "INSERT",
      `IF EXISTS (SELECT 1 FROM audit_checkpoint) THEN ${REFUSE} ${UNLESS_IT_MAY_BE_CUT}`,
    ),
    audit_checkpoint_advances: eachRow(
      "audit_checkpoint",
      "UPDATE",
      `IF OLD.id <> NEW.id OR NEW.number <= OLD.number THEN ${REFUSE} ${UNLESS_IT_MAY_BE_CUT}`,
    ),
    audit_checkpoint_remains: never("audit_checkpoint", "DELETE"),
    audit_checkpoint_is_not_emptied: never("audit_checkpoint", "TRUNCATE"),
    audit_retention_begins: eachRow(
      "audit_retention",
      "INSERT",
      `IF EXISTS (SELECT 1 FROM audit_retention) OR NEW.id <> 1
        OR (EXISTS (SELECT 1 FROM audit_checkpoint) AND NOT ${IS_TOLD}) THEN ${REFUSE}`,
    ),
    audit_retention_is_told: eachRow(
      "audit_retention",
      "UPDATE",
      `IF NEW.id <> 1 OR NOT ${IS_TOLD} THEN ${REFUSE}`,
    ),
    audit_retention_remains: never("audit_retention", "DELETE"),
    audit_retention_is_not_emptied: never("audit_retention", "TRUNCATE"),
  } satisfies Readonly<Record<string, Guard>>),
);

/** Makes the triggers that are missing, that an older version has made, or that were changed. */
export async function protectAudit(postgres: Postgres): Promise<void> {
  if ((await postgres.read(missing)).length === 0) return;
  await postgres.write(async ({ database, query }) => {
    // Other nodes may start at the same time.
    await lock(query, "audit");
    for (const [name, { table, when, body }] of await missing(database)) {
      const statements = [
        `CREATE OR REPLACE FUNCTION latchkey_${name}() RETURNS trigger LANGUAGE plpgsql AS $guard$${body}$guard$`,
        `DROP TRIGGER IF EXISTS ${name} ON ${table}`,
        `CREATE TRIGGER ${name} ${when} EXECUTE FUNCTION latchkey_${name}()`,
      ];
      for (const statement of statements) await database.execute(sql.raw(statement));
    }
  });
}

async function missing(database: NodePgDatabase): Promise<Array<[string, Guard]>> {
  // Of any other trigger something differs: its kind, its condition, its columns, its function.
  const { rows } = await database.execute<{ name: string; table: string; kind: number; body: string }>(sql`
    SELECT tgname AS name, tgrelid::regclass::text AS "table", tgtype AS kind, prosrc AS body
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid IN ('audit_entries'::regclass, 'audit_checkpoint'::regclass, 'audit_retention'::regclass)
      AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr = ''`);
  return [...APPEND_ONLY].filter(
    ([name, { table, kind, body }]) =>
      !rows.some((row) => row.name === name && row.table === table && row.kind === kind && row.body === body),
  );
}
