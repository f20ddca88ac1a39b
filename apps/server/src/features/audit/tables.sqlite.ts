import { sql } from "drizzle-orm";
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

/**
 * Refuses what an append-only table does not need, both to our own code by mistake and to a user with a
 * shell. Only entries up to the checkpoint can be deleted, and the checkpoint only moves forward. A user who
 * may change the schema can undo this, but cannot make the hashes fit.
 */
export const APPEND_ONLY = [
  sql`CREATE TRIGGER IF NOT EXISTS audit_entries_stay BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  sql`CREATE TRIGGER IF NOT EXISTS audit_entries_remain BEFORE DELETE ON audit_entries
    WHEN OLD.number > coalesce((SELECT number FROM audit_checkpoint), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  sql`CREATE TRIGGER IF NOT EXISTS audit_checkpoint_remains BEFORE DELETE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  sql`CREATE TRIGGER IF NOT EXISTS audit_checkpoint_advances BEFORE UPDATE ON audit_checkpoint
    WHEN NEW.number <= OLD.number
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
];
