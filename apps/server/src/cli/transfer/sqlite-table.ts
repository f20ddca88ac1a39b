import Database from "better-sqlite3";

/**
 * Users in another program's SQLite database: columns of its table of users, and of `user_info` if there is
 * one.
 */
export interface SqliteUserTable {
  readonly columns: readonly string[];
  count(): number;
  /** Rows after a given one, in the order of their numbers. Blobs are returned as text. */
  rows(
    afterNumber: number,
  ): Iterable<{ readonly number: number; readonly row: Readonly<Record<string, unknown>> }>;
  close(): void;
}

/** Names of the table of users, the most likely first. */
const TABLES = ["users", "user"];
const INFO = "user_info";
/** A name that no column of theirs has. */
const NUMBER = " number";

/** Opens it read-only; `undefined` if there is no table of users. Throws SQLite's errors. */
export function openSqliteUserTable(path: string): SqliteUserTable | undefined {
  const connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    const table = findTable(connection);
    if (table !== undefined) return table;
  } catch (error) {
    connection.close();
    throw error;
  }
  connection.close();
  return undefined;
}

function findTable(connection: Database.Database): SqliteUserTable | undefined {
  connection.pragma("trusted_schema = OFF");
  const tables = namesOf(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
  const table = TABLES.find((name) => tables.includes(name));
  if (table === undefined) return undefined;
  const columnsOf = (name: string) => namesOf(connection, "SELECT name FROM pragma_table_info(?)", name);
  const own = columnsOf(table);
  const info = tables.includes(INFO) ? columnsOf(INFO) : [];
  const isJoined = info.includes("user_id") && own.includes("id");
  const more = isJoined ? info.filter((name) => !["id", "user_id", ...own].includes(name)) : [];
  const selected = [
    `u.rowid AS ${quoted(NUMBER)}`,
    ...own.map((name) => `u.${quoted(name)}`),
    ...more.map((name) => `i.${quoted(name)}`),
  ];
  const join = isJoined ? `LEFT JOIN ${quoted(INFO)} AS i ON i.user_id = u.id` : "";
  const users = connection.prepare<[number], Record<string, unknown>>(
    `SELECT ${selected.join(", ")} FROM ${quoted(table)} AS u ${join} WHERE u.rowid > ? ORDER BY u.rowid`,
  );
  return {
    columns: [...own, ...more],
    count: () =>
      Number(
        connection
          .prepare(`SELECT count(*) FROM ${quoted(table)}`)
          .pluck()
          .get(),
      ),
    *rows(afterNumber) {
      let last = afterNumber;
      for (const { [NUMBER]: rowid, ...values } of users.iterate(afterNumber)) {
        const number = Number(rowid);
        // One user has two rows of personal data: the first counts.
        if (number === last) continue;
        last = number;
        yield { number, row: withTexts(values) };
      }
    },
    close: () => connection.close(),
  };
}

function namesOf(connection: Database.Database, query: string, ...values: readonly string[]): string[] {
  return connection
    .prepare<unknown[], { name: string }>(query)
    .all(...values)
    .map(({ name }) => name);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Python's bcrypt returns bytes, and many programs stored them unchanged. */
function withTexts(values: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString("utf8") : value]),
  );
}
