import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";
import { users } from "../accounts/tables.postgres.js";

export const signIns = pgTable(
  "sign_ins",
  {
    hash: bytewise("hash").primaryKey(),
    userId: whole("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    epoch: integer("epoch").notNull(),
    factorGeneration: whole("factor_generation").notNull(),
    methods: text("methods").notNull(),
    step: text("step", { enum: ["factor", "enrol", "enrolled"] }).notNull(),
    lifetime: text("lifetime", { enum: ["accessMs", "authMs"] }).notNull(),
    device: bytewise("device"),
    network: bytewise("network").notNull(),
    tries: integer("tries").notNull().default(0),
    expiresAtMs: whole("expires_at").notNull(),
    createdAtMs: whole("created_at").notNull(),
  },
  (table) => [index("sign_ins_expires_at").on(table.expiresAtMs), index("sign_ins_user_id").on(table.userId)],
);
