import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../accounts/tables.sqlite.js";

export const passkeys = sqliteTable(
  "passkeys",
  {
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    spki: text("spki").notNull(),
    algorithm: integer("algorithm").notNull(),
    rpId: text("rp_id").notNull(),
    counter: integer("counter").notNull(),
    isUserVerified: integer("is_user_verified", { mode: "boolean" }).notNull(),
    backupEligible: integer("backup_eligible", { mode: "boolean" }).notNull(),
    backedUp: integer("backed_up", { mode: "boolean" }).notNull(),
    transports: text("transports").notNull(),
    aaguid: text("aaguid").notNull(),
    createdAtMs: integer("created_at").notNull(),
    lastUsedAtMs: integer("last_used_at"),
  },
  (table) => [index("passkeys_user_id").on(table.userId)],
);

/** Each counts once: presenting it deletes its row. */
export const passkeyChallenges = sqliteTable(
  "passkey_challenges",
  {
    hash: text("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
    ticketHash: text("ticket_hash"),
    expiresAtMs: integer("expires_at").notNull(),
    createdAtMs: integer("created_at").notNull(),
  },
  (table) => [
    index("passkey_challenges_expires_at").on(table.expiresAtMs),
    index("passkey_challenges_user_id").on(table.userId),
  ],
);
