import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const invitations = sqliteTable(
  "invitations",
  {
    uuid: text("uuid").primaryKey(),
    email: text("email").notNull(),
    emailKey: text("email_key").notNull().unique(),
    role: text("role", { enum: ["user", "admin"] }).notNull(),
    language: text("language", { enum: ["en", "zh-CN"] }),
    invitedBy: text("invited_by"),
    createdAtMs: integer("created_at").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
  },
  (table) => [
    index("invitations_expires_at").on(table.expiresAtMs),
    index("invitations_invited_by").on(table.invitedBy),
  ],
);
