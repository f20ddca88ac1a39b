import { sql } from "drizzle-orm";
import { index, integer, json, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";
import { MAIL_STATES, NO_SITE } from "./store.js";

export const mails = pgTable(
  "mails",
  {
    id: bytewise("id").primaryKey(),
    to: text("recipient").notNull(),
    recipientKey: bytewise("recipient_key").notNull(),
    template: bytewise("template").notNull(),
    language: text("language", { enum: ["en", "zh-CN"] }).notNull(),
    // As text, not as `jsonb`: what a user typed may have characters that PostgreSQL has no place for.
    values: json("filling").$type<Readonly<Record<string, string>>>(),
    askedFrom: bytewise("asked_from").notNull().default(NO_SITE),
    about: bytewise("about"),
    state: text("state", { enum: MAIL_STATES }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    lease: bytewise("lease"),
    createdAtMs: whole("created_at").notNull(),
    dueAtMs: whole("due_at").notNull(),
    expiresAtMs: whole("expires_at").notNull(),
    lastError: text("last_error"),
  },
  (table) => [
    index("mails_open").on(table.dueAtMs).where(sql`state in ('asked', 'waiting')`),
    index("mails_turn")
      .on(table.template, table.askedFrom, table.dueAtMs)
      .where(sql`state in ('asked', 'waiting')`),
    index("mails_recipient").on(table.recipientKey),
    index("mails_about").on(table.about),
    index("mails_shown")
      .on(table.expiresAtMs)
      .where(sql`state in ('kept', 'failed') and filling is not null`),
    index("mails_created_at").on(table.createdAtMs),
  ],
);
