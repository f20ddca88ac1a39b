import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../../database/postgres/tables.postgres.js";
import { users } from "../../accounts/tables.postgres.js";
import type { CodePurpose } from "./store.js";

/** An address without an account has rows as well, so that it gets the same answers. */
export const signInCodes = pgTable(
  "sign_in_codes",
  {
    ticketHash: bytewise("ticket_hash").primaryKey(),
    purpose: text("purpose").$type<CodePurpose>().notNull(),
    userId: whole("user_id").references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull().default(0),
    addressKey: bytewise("address_key").notNull(),
    codeHash: bytewise("code_hash").notNull(),
    linkHash: bytewise("link_hash").notNull().unique(),
    tries: integer("tries").notNull().default(0),
    spentAtMs: whole("spent_at"),
    expiresAtMs: whole("expires_at").notNull(),
    createdAtMs: whole("created_at").notNull(),
  },
  (table) => [
    index("sign_in_codes_expires_at").on(table.expiresAtMs),
    index("sign_in_codes_user_id").on(table.userId),
    index("sign_in_codes_address_key").on(table.addressKey),
  ],
);
