import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../accounts/tables.sqlite.js";
import type { CodePurpose } from "./store.js";

/** An address without an account has rows as well, so that it gets the same answers. */
export const signInCodes = sqliteTable(
  "sign_in_codes",
  {
    ticketHash: text("ticket_hash").primaryKey(),
    purpose: text("purpose").$type<CodePurpose>().notNull(),
    userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull().default(0),
    addressKey: text("address_key").notNull(),
    codeHash: text("code_hash").notNull(),
    linkHash: text("link_hash").notNull().unique(),
    tries: integer("tries").notNull().default(0),
    spentAtMs: integer("spent_at"),
    expiresAtMs: integer("expires_at").notNull(),
    createdAtMs: integer("created_at").notNull(),
  },
  (table) => [
    index("sign_in_codes_expires_at").on(table.expiresAtMs),
    index("sign_in_codes_user_id").on(table.userId),
    index("sign_in_codes_address_key").on(table.addressKey),
  ],
);
