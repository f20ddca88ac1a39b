import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../accounts/tables.sqlite.js";

export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    tokenId: text("token_id").notNull(),
    tokenEndsAtMs: integer("token_ends_at").notNull(),
    createdAtMs: integer("created_at").notNull(),
    lastSeenAtMs: integer("last_seen_at").notNull(),
    confirmedAtMs: integer("confirmed_at").notNull(),
    userAgent: text("user_agent"),
    address: text("address").notNull(),
    expiresAtMs: integer("expires_at").notNull(),
    keyed: integer("keyed", { mode: "boolean" }).notNull().default(false),
    contested: integer("contested", { mode: "boolean" }).notNull().default(false),
    revokedAtMs: integer("revoked_at"),
    stolen: integer("stolen", { mode: "boolean" }).notNull().default(false),
    methods: text("methods").notNull().default("pwd"),
    factorAtMs: integer("factor_at"),
  },
  (table) => [
    index("sessions_user_id").on(table.userId),
    index("sessions_token_ends_at").on(table.tokenEndsAtMs),
    index("sessions_contested").on(table.userId).where(sql`contested = 1`),
  ],
);

/**
 * One row per dead id: that of a session that was ended, or of a token that was exchanged, with its
 * successor.
 */
export const revocations = sqliteTable(
  "revocations",
  {
    id: text("id").primaryKey(),
    revokedAtMs: integer("revoked_at").notNull(),
    endsAtMs: integer("ends_at").notNull(),
    keyHash: text("key_hash"),
    sealedSuccessor: text("sealed_successor"),
  },
  (table) => [index("revocations_ends_at").on(table.endsAtMs)],
);
