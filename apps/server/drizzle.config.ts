import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/features/*/store.sqlite.ts",
  out: "./migrations/sqlite",
});
