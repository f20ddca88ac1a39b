import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { sqliteKeyStore } from "../../../../apps/server/src/features/signing-keys/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { keyStoreSuite } from "./store.suite.js";

keyStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteKeyStore(sqlite),
    other: sqliteKeyStore(second),
    close() {
      second.close();
      close();
    },
  };
});
