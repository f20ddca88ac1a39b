import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const auditEntries = pgTable(
  "audit_entries",
  {
    number: whole("number").primaryKey(),
    atMs: whole("at").notNull(),
    action: text("action").notNull(),
    outcome: text("outcome").notNull(),
    actor: bytewise("actor").notNull(),
    subject: bytewise("subject"),
    address: text("address"),
    userAgent: text("user_agent"),
    requestId: text("request_id"),
    details: text("details"),
    hash: bytewise("hash").notNull(),
  },
  // Followed from the newest entry on: a page of a frequent actor needs no sorting.
  (table) => [
    index("audit_entries_actor").on(table.actor, table.number),
    index("audit_entries_subject").on(table.subject, table.number),
  ],
);

/** A single row: the last entry that was deleted because of its age. */
export const auditCheckpoint = pgTable("audit_checkpoint", {
  id: integer("id").primaryKey(),
  number: whole("number").notNull(),
  hash: bytewise("hash").notNull(),
});

/** A single row: how many days entries are kept; 0 means forever. */
export const auditRetention = pgTable("audit_retention", {
  id: integer("id").primaryKey(),
  days: integer("days").notNull(),
});
