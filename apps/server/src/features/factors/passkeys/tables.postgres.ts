import { boolean, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../../database/postgres/tables.postgres.js";
import { users } from "../../accounts/tables.postgres.js";

export const passkeys = pgTable(
  "passkeys",
  {
    id: bytewise("id").primaryKey(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    spki: text("spki").notNull(),
    algorithm: integer("algorithm").notNull(),
    rpId: text("rp_id").notNull(),
    counter: whole("counter").notNull(),
    isUserVerified: boolean("is_user_verified").notNull(),
    backupEligible: boolean("backup_eligible").notNull(),
    backedUp: boolean("backed_up").notNull(),
    transports: text("transports").notNull(),
    aaguid: text("aaguid").notNull(),
    createdAtMs: whole("created_at").notNull(),
    lastUsedAtMs: whole("last_used_at"),
  },
  (table) => [index("passkeys_user_id").on(table.userId)],
);

/** Each counts once: presenting it deletes its row. */
export const passkeyChallenges = pgTable(
  "passkey_challenges",
  {
    hash: bytewise("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    userId: whole("user_id").references(() => users.id, { onDelete: "cascade" }),
    ticketHash: bytewise("ticket_hash"),
    expiresAtMs: whole("expires_at").notNull(),
    createdAtMs: whole("created_at").notNull(),
  },
  (table) => [
    index("passkey_challenges_expires_at").on(table.expiresAtMs),
    index("passkey_challenges_user_id").on(table.userId),
  ],
);
