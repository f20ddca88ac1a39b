import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
  },
  // Few are administrators or disabled: who looks for them must not walk past everybody else.
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

/** One row: how often accounts have been changed or deleted. Triggers count, whichever process or program writes. */
export const accountChanges = sqliteTable("account_changes", {
  id: integer("id").primaryKey(),
  count: integer("count").notNull(),
});
