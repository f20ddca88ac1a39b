/**
 * The tables are those of an older version, and the caller did not ask to bring them up to date.
 */
export class DatabaseOlder extends Error {
  override readonly name = "DatabaseOlder";

  constructor() {
    super("The database's tables are of an older version");
  }
}

/** What opening a database does if its tables are those of an older version. */
export type OlderTables = "upgrade" | "refuse";
