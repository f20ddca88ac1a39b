import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { sqliteMailStore } from "../../../../apps/server/src/features/outbox/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { mailStoreSuite } from "./store.suite.js";

mailStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteMailStore(sqlite),
    other: sqliteMailStore(second),
    commit: (change) => sqlite.write((add) => add(change)),
    close() {
      second.close();
      close();
    },
  };
});
