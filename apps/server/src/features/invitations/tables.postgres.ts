import { index, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const invitations = pgTable(
  "invitations",
  {
    uuid: bytewise("uuid").primaryKey(),
    email: bytewise("email").notNull(),
    emailKey: bytewise("email_key").notNull().unique(),
    role: text("role", { enum: ["user", "admin"] }).notNull(),
    language: text("language", { enum: ["en", "zh-CN"] }),
    invitedBy: bytewise("invited_by"),
    createdAtMs: whole("created_at").notNull(),
    expiresAtMs: whole("expires_at").notNull(),
  },
  (table) => [
    index("invitations_expires_at").on(table.expiresAtMs),
    index("invitations_invited_by").on(table.invitedBy),
  ],
);
