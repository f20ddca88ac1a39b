import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { sqliteLimitStore } from "../../../../apps/server/src/features/limits/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { limitStoreSuite } from "./store.suite.js";

limitStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteLimitStore(sqlite),
    other: sqliteLimitStore(second),
    close() {
      second.close();
      close();
    },
  };
});
