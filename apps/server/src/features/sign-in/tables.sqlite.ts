import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../accounts/tables.sqlite.js";

export const signIns = sqliteTable(
  "sign_ins",
  {
    hash: text("hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    factorGeneration: integer("factor_generation").notNull(),
    methods: text("methods").notNull(),
    step: text("step", { enum: ["factor", "enrol", "enrolled"] }).notNull(),
    lifetime: text("lifetime", { enum: ["accessMs", "authMs"] }).notNull(),
    device: text("device"),
    network: text("network").notNull(),
    tries: integer("tries").notNull().default(0),
    expiresAtMs: integer("expires_at").notNull(),
    createdAtMs: integer("created_at").notNull(),
  },
  (table) => [index("sign_ins_expires_at").on(table.expiresAtMs), index("sign_ins_user_id").on(table.userId)],
);
