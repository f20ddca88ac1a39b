import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { link } from "../../../../apps/server/src/features/audit/chain.js";
import { sqliteAuditStore } from "../../../../apps/server/src/features/audit/store.sqlite.js";
import { openTestSqlite } from "../../../support/sqlite.js";
import { event } from "./store.suite.js";

describe("the tables of the audit log", () => {
  it.each([
    "UPDATE audit_entries SET actor = 'nobody'",
    "DELETE FROM audit_entries",
    "DELETE FROM audit_entries WHERE number = 2",
    "UPDATE audit_checkpoint SET number = 0",
    "DELETE FROM audit_checkpoint",
  ])("refuse %s", async (statement) => {
    const { sqlite, path, close } = openTestSqlite();
    const store = sqliteAuditStore(sqlite, link);
    await store.protect();
    await store.append(() => [event({ atMs: 1 }), event({ atMs: 50 })]);
    await store.deleteOlder({ thanMs: 10, limit: 10 });
    const shell = new Database(path);
    expect(() => shell.exec(statement)).toThrow("the audit log is append-only");
    shell.close();
    close();
  });
});
