import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: ["./src/database/postgres/tables.postgres.ts", "./src/features/**/tables.postgres.ts"],
  out: "./migrations/postgres",
});
