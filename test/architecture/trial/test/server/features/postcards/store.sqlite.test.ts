import { users } from "../../../../apps/server/src/features/accounts/tables.sqlite.js";
import { sqlitePostcardStore } from "../../../../apps/server/src/features/postcards/store.sqlite.js";
import { openTestSqlite } from "../../../support/sqlite.js";
import { postcardStoreSuite } from "./store.suite.js";

postcardStoreSuite(async () => {
  const { sqlite, close } = openTestSqlite();
  for (const name of ["a", "b"]) {
    const row = { uuid: name, email: name, emailKey: name, username: name, usernameKey: name };
    const values = { ...row, hashedPassword: "", createdAtMs: 0, updatedAtMs: 0 };
    await sqlite.write(() => void sqlite.writer.insert(users).values(values).run());
  }
  return { store: sqlitePostcardStore(sqlite), uuids: ["a", "b"], close };
});
