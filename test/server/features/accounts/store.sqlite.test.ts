import { sqliteAccountStore } from "../../../../apps/server/src/features/accounts/store.sqlite.js";
import { openSqlite } from "../../../../apps/server/src/platform/sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { accountStoreSuite } from "./store.suite.js";

accountStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteAccountStore(sqlite),
    other: sqliteAccountStore(second),
    close() {
      second.close();
      close();
    },
  };
});
