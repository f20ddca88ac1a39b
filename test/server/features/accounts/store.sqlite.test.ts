import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { sqliteAccountStore } from "../../../../apps/server/src/features/accounts/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { accountChangeSuite } from "./change.suite.js";
import { accountStoreSuite } from "./store.suite.js";

const open = () => {
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
};

accountStoreSuite(open);
accountChangeSuite(open);
