import { describe } from "vitest";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { sqliteTransferStore } from "../../../../apps/server/src/features/transfers/store.sqlite.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";
import { testTransferStore } from "./store.suite.js";

describe("transfers in SQLite", () => {
  testTransferStore(() => {
    const { sqlite, path, close } = openTestSqlite();
    const other = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
    return {
      store: sqliteTransferStore(sqlite),
      other: sqliteTransferStore(other),
      close() {
        other.close();
        close();
      },
    };
  });
});
