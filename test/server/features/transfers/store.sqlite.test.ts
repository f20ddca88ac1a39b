import { describe } from "vitest";
import { sqliteTransferStore } from "../../../../apps/server/src/features/transfers/store.sqlite.js";
import { openSqlite } from "../../../../apps/server/src/platform/sqlite.js";
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
