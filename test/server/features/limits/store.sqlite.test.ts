import { sqliteGuessStore } from "../../../../apps/server/src/features/limits/store.sqlite.js";
import { openSqlite } from "../../../../apps/server/src/platform/sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { guessStoreSuite } from "./store.suite.js";

guessStoreSuite(() => {
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  return {
    store: sqliteGuessStore(sqlite),
    other: sqliteGuessStore(second),
    close() {
      second.close();
      close();
    },
  };
});
