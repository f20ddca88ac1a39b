import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const auditEntries = sqliteTable(
  "audit_entries",
  {
    number: integer("number").primaryKey(),
    atMs: integer("at").notNull(),
    action: text("action").notNull(),
    outcome: text("outcome").notNull(),
    actor: text("actor").notNull(),
    subject: text("subject"),
    address: text("address"),
    userAgent: text("user_agent"),
    requestId: text("request_id"),
    details: text("details"),
    hash: text("hash").notNull(),
  },
  (table) => [index("audit_entries_actor").on(table.actor), index("audit_entries_subject").on(table.subject)],
);

/** A single row: the last entry that was deleted because of its age. */
export const auditCheckpoint = sqliteTable("audit_checkpoint", {
  id: integer("id").primaryKey(),
  number: integer("number").notNull(),
  hash: text("hash").notNull(),
});

/** A single row: how many days entries are kept; 0 means forever. */
export const auditRetention = sqliteTable("audit_retention", {
  id: integer("id").primaryKey(),
  days: integer("days").notNull(),
});

const REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END";
const NEWEST = "(SELECT at FROM audit_entries ORDER BY number DESC LIMIT 1)";
const LIMIT = `(${NEWEST} - (SELECT nullif(days, 0) FROM audit_retention) * 86400000)`;

/** Whether the beginning up to NEW must stay: `rules.ts` says what may be deleted. */
const MAY_NOT_BE_CUT = `NEW.id IS NOT 1
  OR NOT EXISTS (SELECT 1 FROM audit_entries WHERE number = NEW.number AND hash = NEW.hash)
  OR EXISTS (SELECT 1 FROM audit_entries WHERE number <= NEW.number AND at BETWEEN ${LIMIT} AND ${NEWEST})
  OR coalesce((SELECT at FROM audit_entries WHERE number > NEW.number AND at <= ${NEWEST}
    ORDER BY number LIMIT 1) >= ${LIMIT}, 1)`;

const IS_NOT_TOLD = `NEW.id IS NOT 1 OR NOT EXISTS (SELECT 1 FROM (SELECT action, details FROM audit_entries
  ORDER BY number DESC LIMIT 1) WHERE action = 'audit.retention' AND json_extract(details, '$.days') = NEW.days)`;

/**
 * Refuses what an append-only table does not need, both to our own code by mistake and to a user with a
 * shell. Entries are only added after the newest one, so none can be replaced either, which would not fire
 * the triggers on deletion. Only entries up to the checkpoint can be deleted, and the checkpoint moves only
 * over entries that are too old by the newest entry's time. How long entries are kept changes only together
 * with an entry that says so. A user who may change the schema can undo all this, but cannot make the hashes
 * fit.
 */
export const APPEND_ONLY: ReadonlyMap<string, string> = new Map(
  Object.entries({
    audit_entries_follow: `BEFORE INSERT ON audit_entries WHEN typeof(NEW.at) <> 'integer' OR NEW.number IS NOT
      coalesce((SELECT max(number) FROM audit_entries), (SELECT number FROM audit_checkpoint), 0) + 1`,
    audit_entries_stay: "BEFORE UPDATE ON audit_entries",
    audit_entries_remain: `BEFORE DELETE ON audit_entries
      WHEN OLD.number > coalesce((SELECT number FROM audit_checkpoint), 0)`,
    audit_checkpoint_begins: `BEFORE INSERT ON audit_checkpoint
      WHEN EXISTS (SELECT 1 FROM audit_checkpoint) OR ${MAY_NOT_BE_CUT}`,
    audit_checkpoint_advances: `BEFORE UPDATE ON audit_checkpoint
      WHEN OLD.id IS NOT NEW.id OR NEW.number <= OLD.number OR ${MAY_NOT_BE_CUT}`,
    audit_checkpoint_remains: "BEFORE DELETE ON audit_checkpoint",
    audit_retention_begins: `BEFORE INSERT ON audit_retention WHEN EXISTS (SELECT 1 FROM audit_retention)
      OR NEW.id IS NOT 1 OR (EXISTS (SELECT 1 FROM audit_checkpoint) AND (${IS_NOT_TOLD}))`,
    audit_retention_is_told: `BEFORE UPDATE ON audit_retention WHEN ${IS_NOT_TOLD}`,
    audit_retention_remains: "BEFORE DELETE ON audit_retention",
  }).map(([name, when]) => [name, `CREATE TRIGGER ${name} ${when}\n${REFUSED}`]),
);
