import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { link } from "../../../../apps/server/src/features/audit/chain.js";
import { sqliteAuditStore } from "../../../../apps/server/src/features/audit/store.sqlite.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";
import { event } from "./store.suite.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const ZEROS = "0".repeat(64);
const told = () => event({ action: "audit.retention", details: '{"days":30}' });
const entry = (number: number | string, at: number | string = 41 * DAY_MS) =>
  `INTO audit_entries (number, at, action, outcome, actor, hash) VALUES (${number}, ${at}, 'a', 'ok', 'a', 'f')`;
const cut = (number: number) =>
  `UPDATE audit_checkpoint SET number = ${number}, hash = (SELECT hash FROM audit_entries WHERE number = ${number})`;

describe("the tables of the audit log", () => {
  let opened: TestSqlite;
  let shell: Database.Database;
  // Entries of days 1, 2, 3, 20 and 40; thirty days are kept. The first two were deleted.
  beforeEach(async () => {
    opened = openTestSqlite();
    const store = sqliteAuditStore(opened.sqlite, link);
    await store.protect();
    await store.retain(30, told);
    await store.append(() => [1, 2, 3, 20, 40].map((day) => event({ atMs: day * DAY_MS })));
    expect(await store.deleteOlder({ nowMs: 40 * DAY_MS, limit: 10 })).toBe(2);
    shell = new Database(opened.path);
  });
  afterEach(() => {
    shell.close();
    opened.close();
  });

  it.each([
    "UPDATE audit_entries SET actor = 'nobody'",
    "UPDATE OR REPLACE audit_entries SET number = 4 WHERE number = 5",
    "DELETE FROM audit_entries",
    "DELETE FROM audit_entries WHERE number = 3",
    `INSERT OR REPLACE ${entry(4)}`,
    `REPLACE ${entry(5)}`,
    `INSERT OR IGNORE ${entry(7)}`,
    `INSERT ${entry(2)}`,
    `INSERT ${entry(-1)}`,
    `INSERT ${entry("NULL")}`,
    `INSERT ${entry(6, "'later than any number'")}`,
    `INSERT ${entry(4)} ON CONFLICT (number) DO UPDATE SET actor = 'nobody'`,
    cut(3),
    cut(4),
    cut(5),
    "UPDATE audit_checkpoint SET number = 0",
    "UPDATE audit_checkpoint SET hash = 'f00'",
    "UPDATE audit_checkpoint SET id = 2",
    "DELETE FROM audit_checkpoint",
    `INSERT INTO audit_checkpoint VALUES (2, 5, '${ZEROS}')`,
    `INSERT OR REPLACE INTO audit_checkpoint VALUES (1, 5, '${ZEROS}')`,
    "UPDATE audit_retention SET days = 1",
    "UPDATE audit_retention SET id = 2",
    "DELETE FROM audit_retention",
    "INSERT INTO audit_retention VALUES (2, 1)",
    "INSERT OR REPLACE INTO audit_retention VALUES (1, 1)",
  ])("refuse %s", (statement) => {
    for (const recursive of ["OFF", "ON"]) {
      shell.pragma(`recursive_triggers = ${recursive}`);
      expect(() => shell.exec(statement)).toThrow("the audit log is append-only");
    }
  });

  it.each([
    ["of another number", `INSERT INTO audit_checkpoint VALUES (2, 1, '${ZEROS}')`],
    ["over entries that are too young", `INSERT INTO audit_checkpoint SELECT 1, 2, hash FROM audit_entries`],
    ["with another hash", `INSERT INTO audit_checkpoint VALUES (1, 1, '${ZEROS}')`],
  ])("refuse a first checkpoint %s", async (_, statement) => {
    const other = openTestSqlite();
    const store = sqliteAuditStore(other.sqlite, link);
    await store.protect();
    await store.retain(30, told);
    await store.append(() => [1, 15, 40].map((day) => event({ atMs: day * DAY_MS })));
    const user = new Database(other.path);
    expect(() => user.exec(statement)).toThrow("the audit log is append-only");
    user.close();
    other.close();
  });

  it("are protected again at the next start, and only written if something was missing", async () => {
    const version = () => shell.pragma("schema_version", { simple: true });
    const store = sqliteAuditStore(opened.sqlite, link);
    const before = version();
    await store.protect();
    expect(version()).toBe(before);
    shell.exec("DROP TRIGGER audit_entries_stay");
    shell.exec("DROP TRIGGER audit_entries_follow");
    shell.exec(
      "CREATE TRIGGER audit_entries_follow BEFORE INSERT ON audit_entries WHEN 0 BEGIN SELECT 1; END",
    );
    await store.protect();
    for (const statement of [`REPLACE ${entry(5)}`, "UPDATE audit_entries SET actor = 'nobody'"]) {
      expect(() => shell.exec(statement)).toThrow("the audit log is append-only");
    }
  });
});
