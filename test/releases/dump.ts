import type Database from "better-sqlite3";

/** A database as SQL that makes it again. Triggers come last, so that they do not see rows being inserted. */
export function dumpOf(database: Database.Database): string {
  const schema = (type: string) =>
    database
      .prepare<[string], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
      )
      .all(type);
  const rows = (table: string) => {
    const columns = database.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table);
    const values = columns.map((column) => `quote("${String(column)}")`).join(" || ', ' || ");
    const lines = database.prepare(`SELECT ${values} FROM "${table}"`).pluck().all();
    return lines.map((line) => `INSERT INTO "${table}" VALUES (${String(line)});`);
  };
  const tables = schema("table");
  return [
    // Rows may come before those that they refer to.
    "PRAGMA foreign_keys = OFF;",
    ...tables.map(({ sql }) => `${sql};`),
    // The rows of `room` are zeros that keep a place on the disk.
    ...tables.flatMap(({ name }) => (name === "room" ? [] : rows(name))),
    ...rows("sqlite_sequence").map((line) => line.replace("INSERT", "INSERT OR REPLACE")),
    ...[...schema("index"), ...schema("trigger")].map(({ sql }) => `${sql};`),
    "",
  ].join("\n");
}
