import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";
import { users } from "../accounts/tables.postgres.js";

export const sessions = pgTable(
  "sessions",
  {
    id: bytewise("id").primaryKey(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    tokenId: bytewise("token_id").notNull(),
    tokenEndsAtMs: whole("token_ends_at").notNull(),
    createdAtMs: whole("created_at").notNull(),
    lastSeenAtMs: whole("last_seen_at").notNull(),
    confirmedAtMs: whole("confirmed_at").notNull(),
    userAgent: text("user_agent"),
    address: text("address").notNull(),
    expiresAtMs: whole("expires_at").notNull(),
    keyed: boolean("keyed").notNull().default(false),
    contested: boolean("contested").notNull().default(false),
    revokedAtMs: whole("revoked_at"),
    stolen: boolean("stolen").notNull().default(false),
    methods: text("methods").notNull().default("pwd"),
    factorAtMs: whole("factor_at"),
  },
  (table) => [
    index("sessions_user_id").on(table.userId),
    index("sessions_token_ends_at").on(table.tokenEndsAtMs),
    index("sessions_contested").on(table.userId).where(sql`contested`),
  ],
);

/**
 * One row per dead id: that of a session that was ended, or of a token that was exchanged, with its
 * successor.
 */
export const revocations = pgTable(
  "revocations",
  {
    id: bytewise("id").primaryKey(),
    revokedAtMs: whole("revoked_at").notNull(),
    endsAtMs: whole("ends_at").notNull(),
    keyHash: text("key_hash"),
    sealedSuccessor: text("sealed_successor"),
  },
  (table) => [index("revocations_ends_at").on(table.endsAtMs)],
);
