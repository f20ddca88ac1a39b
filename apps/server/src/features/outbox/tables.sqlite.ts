import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { MAIL_STATES, NO_SITE } from "./store.js";

export const mails = sqliteTable(
  "mails",
  {
    id: text("id").primaryKey(),
    to: text("recipient").notNull(),
    recipientKey: text("recipient_key").notNull(),
    template: text("template").notNull(),
    language: text("language", { enum: ["en", "zh-CN"] }).notNull(),
    values: text("filling", { mode: "json" }).$type<Readonly<Record<string, string>>>(),
    askedFrom: text("asked_from").notNull().default(NO_SITE),
    about: text("about"),
    state: text("state", { enum: MAIL_STATES }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    lease: text("lease"),
    createdAtMs: integer("created_at").notNull(),
    dueAtMs: integer("due_at").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
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
