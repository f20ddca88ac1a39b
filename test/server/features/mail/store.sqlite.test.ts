import { sqliteMailStore } from "../../../../apps/server/src/features/mail/store.sqlite.js";
import { openSqlite } from "../../../../apps/server/src/platform/sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { mailStoreSuite } from "./store.suite.js";

mailStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteMailStore(sqlite),
    other: sqliteMailStore(second),
    close() {
      second.close();
      close();
    },
  };
});
