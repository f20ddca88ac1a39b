import { boolean, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { bytewise, whole } from "../../database/postgres/tables.postgres.js";

export const imports = pgTable(
  "imports",
  {
    /** The file's digest. */
    id: bytewise("id").primaryKey(),
    keepAdmins: boolean("keep_admins").notNull().default(false),
    format: text("format").notNull().default(""),
    hashParameters: text("hash_parameters").notNull().default(""),
    line: integer("line").notNull(),
    imported: integer("imported").notNull(),
    present: integer("present").notNull(),
    refused: integer("refused").notNull(),
    startedAtMs: whole("started_at").notNull(),
    finishedAtMs: whole("finished_at"),
  },
  (table) => [index("imports_by_start").on(table.startedAtMs)],
);

export const importRefusals = pgTable(
  "import_refusals",
  {
    importId: bytewise("import_id")
      .notNull()
      .references(() => imports.id),
    line: integer("line").notNull(),
    reason: text("reason").notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.line] })],
);
