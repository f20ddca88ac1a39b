import { getTableColumns, sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";
import type { UserRecord } from "./user.js";

export const users = pgTable(
  "users",
  {
    id: whole("id").primaryKey().generatedByDefaultAsIdentity(),
    uuid: bytewise("uuid").notNull().unique(),
    email: bytewise("email").notNull(),
    emailKey: bytewise("email_key").notNull().unique(),
    username: text("username").notNull(),
    usernameKey: bytewise("username_key").notNull().unique(),
    hashedPassword: text("hashed_password").notNull(),
    disabled: boolean("disabled").notNull().default(false),
    disabledReason: text("disabled_reason"),
    role: text("role", { enum: ["user", "admin"] })
      .notNull()
      .default("user"),
    language: text("language", { enum: ["en", "zh-CN"] }),
    emailVerifiedAtMs: whole("email_verified_at"),
    mustChangePassword: boolean("must_change_password").notNull().default(false),
    sessionEpoch: integer("session_epoch").notNull().default(0),
    factorGeneration: whole("factor_generation").notNull().default(0),
    createdAtMs: whole("created_at").notNull(),
    updatedAtMs: whole("updated_at").notNull(),
  },
  // Few accounts are administrators or disabled: a search for them must not scan all the others.
  (table) => [
    index("users_created_at").on(table.createdAtMs),
    index("users_admins").on(table.createdAtMs).where(sql`role = 'admin'`),
    index("users_disabled").on(table.createdAtMs).where(sql`disabled`),
  ],
);

export const userInfo = pgTable("user_info", {
  id: whole("id").primaryKey().generatedByDefaultAsIdentity(),
  userId: whole("user_id")
    .notNull()
    .unique()
    .references(() => users.id, { onDelete: "cascade" }),
  firstName: text("first_name"),
  lastName: text("last_name"),
  phoneNumber: text("phone_number"),
});

/** THE list of a user's columns, from both tables. */
const COLUMNS = {
  ...getTableColumns(users),
  firstName: userInfo.firstName,
  lastName: userInfo.lastName,
  phoneNumber: userInfo.phoneNumber,
} satisfies Record<keyof UserRecord, unknown>;

/** The columns of the named fields, and no others. */
export function columnsOf<const F extends keyof typeof COLUMNS>(fields: readonly F[]) {
  // Safe: one column for each field.
  return Object.fromEntries(fields.map((field) => [field, COLUMNS[field]])) as Pick<typeof COLUMNS, F>;
}

/** One row: the form in which the keys of all accounts are, as far as that is possible (`keys.ts`). */
export const accountKeys = pgTable("account_keys", {
  id: integer("id").primaryKey(),
  form: integer("form").notNull(),
});
