import { CommandError } from "../failure.js";
import { openSqliteUserTable, USER_TABLES } from "./sqlite-table.js";
import type { UserFile } from "./user-file.js";

/** Opens the table of users in another program's SQLite database. */
export async function openSqliteUsers(path: string): Promise<UserFile> {
  const table = openSqliteUserTable(path);
  if (table === undefined) {
    const names = `${USER_TABLES.slice(0, -1).join(", ")} or ${USER_TABLES.at(-1)}`;
    throw new CommandError("NO_USERS_TABLE", `${path} has no table or view named ${names}.`);
  }
  return {
    rows: table.count,
    columns: table.columns,
    ...(!table.isNumbered && {
      note: "Its rows have no numbers that could be shown: they are counted from 1 in the order of their values.",
    }),
    async *lines(afterLine) {
      for (const { number, row } of table.rows(afterLine)) yield { line: number, row };
    },
    close: () => table.close(),
  };
}
