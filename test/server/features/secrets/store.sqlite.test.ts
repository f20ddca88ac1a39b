import { eq } from "drizzle-orm";
import { users } from "../../../../apps/server/src/features/accounts/store.sqlite.js";
import { sqliteSecretStore } from "../../../../apps/server/src/features/secrets/store.sqlite.js";
import { openTestSqlite } from "../../../support/sqlite.js";
import { secretStoreSuite } from "./store.suite.js";

secretStoreSuite(async () => {
  const { sqlite, close } = openTestSqlite();
  const { writer } = sqlite;
  const insertUser = (name: string) => {
    const row = { uuid: name, email: name, emailKey: name, username: name, usernameKey: name };
    const values = { ...row, hashedPassword: "", createdAtMs: 0, updatedAtMs: 0 };
    return sqlite.write(() => writer.insert(users).values(values).returning({ id: users.id }).get().id);
  };
  return {
    store: sqliteSecretStore(sqlite),
    userIds: [await insertUser("a"), await insertUser("b")],
    deleteUser: (id) => sqlite.write(() => void writer.delete(users).where(eq(users.id, id)).run()),
    close,
  };
});
