import { getTableColumns } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { userInfo, users } from "./tables.sqlite.js";
import type { UserRecord } from "./user.js";

/** Inserts a user with their personal data, within a transaction; returns the new row number. */
export function sqliteUserInsertion({
  writer,
}: Pick<Sqlite, "writer">): (user: Omit<UserRecord, "id">) => number {
  const insertUser = writer
    .insert(users)
    .values(placeholders(...COLUMNS))
    .returning({ id: users.id })
    .prepare();
  const insertInfo = writer
    .insert(userInfo)
    .values(placeholders("userId", "firstName", "lastName", "phoneNumber"))
    .prepare();
  return ({ firstName, lastName, phoneNumber, ...user }) => {
    const { id } = insertUser.get({ ...user });
    insertInfo.run({ userId: id, firstName, lastName, phoneNumber });
    return id;
  };
}

const { id: _, ...NEW } = getTableColumns(users);
// Safe: these are the names of the columns.
const COLUMNS = Object.keys(NEW) as Array<keyof typeof NEW>;
