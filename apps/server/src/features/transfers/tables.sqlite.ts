import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const imports = sqliteTable(
  "imports",
  {
    /** The file's digest. */
    id: text("id").primaryKey(),
    keepAdmins: integer("keep_admins", { mode: "boolean" }).notNull().default(false),
    format: text("format").notNull().default(""),
    hashParameters: text("hash_parameters").notNull().default(""),
    line: integer("line").notNull(),
    imported: integer("imported").notNull(),
    present: integer("present").notNull(),
    refused: integer("refused").notNull(),
    startedAtMs: integer("started_at").notNull(),
    finishedAtMs: integer("finished_at"),
  },
  (table) => [index("imports_by_start").on(table.startedAtMs)],
);

export const importRefusals = sqliteTable(
  "import_refusals",
  {
    importId: text("import_id")
      .notNull()
      .references(() => imports.id),
    line: integer("line").notNull(),
    reason: text("reason").notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.line] })],
);
