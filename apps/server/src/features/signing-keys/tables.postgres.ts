import { pgTable, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const signingKeys = pgTable("signing_keys", {
  kid: bytewise("kid").primaryKey(),
  privateJwk: text("private_jwk").notNull(),
  createdAtMs: whole("created_at").notNull(),
});
