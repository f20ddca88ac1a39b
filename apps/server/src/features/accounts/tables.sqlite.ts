import { and, eq, getTableColumns, sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserRecord } from "./user.js";

export const users = sqliteTable(
  "users",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    uuid: text("uuid").notNull().unique(),
    email: text("email").notNull(),
    emailKey: text("email_key").notNull().unique(),
    username: text("username").notNull(),
    usernameKey: text("username_key").notNull().unique(),
    hashedPassword: text("hashed_password").notNull(),
    disabled: integer("disabled", { mode: "boolean" }).notNull().default(false),
    disabledReason: text("disabled_reason"),
    role: text("role", { enum: ["user", "admin"] })
      .notNull()
      .default("user"),
    language: text("language", { enum: ["en", "zh-CN"] }),
    emailVerifiedAtMs: integer("email_verified_at"),
    mustChangePassword: integer("must_change_password", { mode: "boolean" }).notNull().default(false),
    sessionEpoch: integer("session_epoch").notNull().default(0),
    factorGeneration: integer("factor_generation").notNull().default(0),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
  },
  // Few accounts are administrators or disabled: a search for them must not scan all the others.
  (table) => [
    index("users_created_at").on(table.createdAtMs),
    index("users_admins").on(table.createdAtMs).where(sql`role = 'admin'`),
    index("users_disabled").on(table.createdAtMs).where(sql`disabled = 1`),
  ],
);

export const userInfo = sqliteTable("user_info", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  userId: integer("user_id")
    .notNull()
    .unique()
    .references(() => users.id, { onDelete: "cascade" }),
  firstName: text("first_name"),
  lastName: text("last_name"),
  phoneNumber: text("phone_number"),
});

/** `isActingAdmin` in SQL, spelled as in the partial index. */
export const isActing = and(sql`${users.role} = 'admin'`, eq(users.disabled, false));

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

/**
 * One row: how often accounts were changed or deleted. Triggers on `users` and `user_info` count, whichever
 * process or program writes. A migration that rebuilds one of these tables must create its triggers again.
 */
export const accountChanges = sqliteTable("account_changes", {
  id: integer("id").primaryKey(),
  count: integer("count").notNull(),
});

/** One row: the form in which the keys of all accounts are, as far as that is possible (`keys.ts`). */
export const accountKeys = sqliteTable("account_keys", {
  id: integer("id").primaryKey(),
  form: integer("form").notNull(),
});
