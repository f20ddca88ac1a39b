import Database from "better-sqlite3";

/**
 * Users in another program's SQLite database: columns of its table of users, and of `user_info` if there is
 * one. They are read as they were when it was opened, even if that program goes on writing.
 */
export interface SqliteUserTable {
  readonly columns: readonly string[];
  readonly count: number;
  /**
   * Whether a row's number is its own in the table; otherwise rows are counted from 1 in the order of their
   * values.
   */
  readonly isNumbered: boolean;
  /** Rows after a given one, in the order of their numbers. */
  rows(
    afterNumber: number,
  ): Iterable<{ readonly number: number; readonly row: Readonly<Record<string, unknown>> }>;
  close(): void;
}

/** Names of the table of users, the most likely first; the last is Django's. */
export const USER_TABLES = ["users", "user", "auth_user"];
const INFO = "user_info";
/** The names of a row's number, unless a column has taken them. */
const ROW_NUMBERS = ["rowid", "_rowid_", "oid"];
/** A name that no column of theirs has. */
const NUMBER = " number";

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The name of its row numbers, if it has them. */
  readonly rowNumber: string | undefined;
}

/** Opens it read-only; `undefined` if there is no table of users. Throws SQLite's errors. */
export function openSqliteUserTable(path: string): SqliteUserTable | undefined {
  const connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    connection.pragma("trusted_schema = OFF");
    connection.exec("BEGIN");
    const table = findTable(connection, USER_TABLES);
    if (table !== undefined) return readTable(connection, table);
  } catch (error) {
    connection.close();
    throw error;
  }
  connection.close();
  return undefined;
}

function readTable(connection: Database.Database, table: Table): SqliteUserTable {
  const { name, columns: own, rowNumber } = table;
  const info = findInfo(connection, own);
  const more = info?.columns ?? [];
  const values = [
    ...own.map((column) => `u.${quoted(column)}`),
    ...more.map((column) => `i.${quoted(column)}`),
  ];
  // Each column to the byte, so that the order is the same at every reading. With the plus no index is used
  // for it: SQLite would then search the personal data without one.
  const order = values.map((value) => `+${value} COLLATE BINARY`);
  const from = `FROM ${quoted(name)} AS u ${info?.join ?? ""}`;
  const count = numberOf(connection, `SELECT count(*) FROM ${quoted(name)}`);
  const isNumbered = rowNumber !== undefined && hasUsableNumbers(connection, name, rowNumber);
  const query = isNumbered
    ? `SELECT u.${rowNumber} AS ${quoted(NUMBER)}, ${values} ${from} WHERE u.${rowNumber} > ? ORDER BY 1`
    : `SELECT 0 AS ${quoted(NUMBER)}, ${values} ${from} ORDER BY ${order} LIMIT -1 OFFSET ?`;
  const statement = connection.prepare<[number], Record<string, unknown>>(query).safeIntegers();
  return {
    columns: [...own, ...more],
    count,
    isNumbered,
    *rows(afterNumber) {
      let position = afterNumber;
      for (const { [NUMBER]: rowNumber, ...row } of statement.iterate(afterNumber)) {
        position++;
        yield { number: isNumbered ? Number(rowNumber) : position, row };
      }
    },
    close: () => connection.close(),
  };
}

/** Progress is a positive number that JavaScript can represent; SQLite's row numbers can be any other. */
function hasUsableNumbers(connection: Database.Database, table: string, rowNumber: string): boolean {
  const edge = (which: "min" | "max") =>
    numberOf(connection, `SELECT coalesce(${which}(${rowNumber}), 1) FROM ${quoted(table)}`);
  return edge("min") > 0 && Number.isSafeInteger(edge("max"));
}

/** Personal data: the columns that the users' own table lacks. The first row of a user counts. */
function findInfo(connection: Database.Database, own: readonly string[]) {
  const info = findTable(connection, [INFO]);
  const has = (columns: readonly string[], name: string) => columns.some((each) => isSameName(each, name));
  if (info === undefined || !has(info.columns, "user_id") || !has(own, "id")) return undefined;
  const columns = info.columns.filter(
    (name) => !["id", "user_id", ...own].some((each) => isSameName(each, name)),
  );
  const first = info.rowNumber === undefined ? "" : `, min(${info.rowNumber})`;
  const rows = `SELECT *${first} FROM ${quoted(info.name)} GROUP BY user_id`;
  return { columns, join: `LEFT JOIN (${rows}) AS i ON i.user_id = u.id` };
}

/** A table or view by the first of the names that there is, in any letter case, as in SQLite itself. */
function findTable(connection: Database.Database, names: readonly string[]): Table | undefined {
  const tables = connection
    .prepare<[], { name: string; type: string; wr: number }>(
      "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view')",
    )
    .all();
  const found = names.flatMap((name) => tables.filter((table) => isSameName(table.name, name)))[0];
  if (found === undefined) return undefined;
  const columns = connection
    // All but the hidden ones of virtual tables.
    .prepare<[string], string>("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1")
    .pluck()
    .all(found.name);
  const hasNumbers = found.type === "table" && found.wr === 0;
  const free = ROW_NUMBERS.find((name) => !columns.some((column) => isSameName(column, name)));
  return { name: found.name, columns, rowNumber: hasNumbers ? free : undefined };
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function numberOf(connection: Database.Database, query: string): number {
  return Number(connection.prepare(query).pluck().safeIntegers().get());
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
