import { NOTHING_KEPT } from "../../../../apps/server/src/database/sqlite/row-cache.js";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { users } from "../../../../apps/server/src/features/accounts/tables.sqlite.js";
import { sqliteSessionStore } from "../../../../apps/server/src/features/sessions/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { sessionStoreSuite } from "./store.suite.js";

sessionStoreSuite(async () => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  const insertUser = (name: string) => {
    const row = { uuid: name, email: name, emailKey: name, username: name, usernameKey: name };
    const values = { ...row, hashedPassword: "", createdAtMs: 0, updatedAtMs: 0 };
    return sqlite.write(
      () => sqlite.writer.insert(users).values(values).returning({ id: users.id }).get().id,
    );
  };
  return {
    store: sqliteSessionStore(sqlite),
    other: sqliteSessionStore(second),
    commit: (change) => sqlite.write((add) => add(change), NOTHING_KEPT),
    userIds: [await insertUser("a"), await insertUser("b")],
    close() {
      second.close();
      close();
    },
  };
});
