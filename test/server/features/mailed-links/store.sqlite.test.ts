import { eq } from "drizzle-orm";
import { users } from "../../../../apps/server/src/features/accounts/tables.sqlite.js";
import { sqliteMailedLinkStore } from "../../../../apps/server/src/features/mailed-links/store.sqlite.js";
import { openTestSqlite } from "../../../support/sqlite.js";
import { mailedLinkStoreSuite } from "./store.suite.js";

mailedLinkStoreSuite(async () => {
  const { sqlite, close } = openTestSqlite();
  const { writer } = sqlite;
  for (const name of ["a", "b"]) {
    const row = { uuid: name, email: name, emailKey: name, username: name, usernameKey: name };
    const values = { ...row, hashedPassword: "", createdAtMs: 0, updatedAtMs: 0 };
    await sqlite.write(() => void writer.insert(users).values(values).run());
  }
  return {
    store: sqliteMailedLinkStore(sqlite),
    uuids: ["a", "b"],
    commit: (change) => sqlite.write((add) => add(change)),
    deleteUser: (uuid) => sqlite.write(() => void writer.delete(users).where(eq(users.uuid, uuid)).run()),
    close,
  };
});
