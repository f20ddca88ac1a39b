import { CommandError } from "../failure.js";
import { openSqliteUserTable } from "./sqlite-table.js";
import type { UserFile } from "./user-file.js";

/** Opens the table of users in another program's SQLite database. */
export async function openSqliteUsers(path: string): Promise<UserFile> {
  const open = () => {
    const table = openSqliteUserTable(path);
    if (table !== undefined) return table;
    throw new CommandError("NO_USERS_TABLE", `${path} has no table named users.`);
  };
  const table = open();
  try {
    return {
      rows: table.count(),
      columns: table.columns,
      async *lines(afterLine) {
        const opened = open();
        try {
          for (const { number, row } of opened.rows(afterLine)) yield { line: number, row };
        } finally {
          opened.close();
        }
      },
    };
  } finally {
    table.close();
  }
}
