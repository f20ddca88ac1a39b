import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const signingKeys = sqliteTable("signing_keys", {
  kid: text("kid").primaryKey(),
  privateJwk: text("private_jwk").notNull(),
  createdAtMs: integer("created_at").notNull(),
});
