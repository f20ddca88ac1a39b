import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copySqlite } from "../../../../apps/server/src/database/sqlite/backup.js";
import { explainSqliteFailure } from "../../../../apps/server/src/database/sqlite/explain.js";
import { inspectSqlite } from "../../../../apps/server/src/database/sqlite/inspect.js";
import { noteBackup } from "../../../../apps/server/src/database/sqlite/last-backup.js";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS } from "../../../support/sqlite.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-lost-"));
  path = join(folder, "latchkey.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (at = path) => openSqlite({ path: at, migrations: MIGRATIONS, synchronous: "full" });
/** The sentence with which opening is refused. */
const refusal = (at = path): string | undefined => {
  try {
    open(at).close();
    return undefined;
  } catch (error) {
    return explainSqliteFailure(error)?.sentence;
  }
};
const LOST = /missing or empty.*To start with an empty one, remove latchkey\.db/;

describe("an empty database is not created in the place of one that was lost", () => {
  it.each([
    ["missing", () => {}],
    ["empty", () => writeFileSync(path, "")],
  ])("if the file is %s and a note of a backup is beside it, which it names", (_, make) => {
    noteBackup(path, { file: "/backups/one.db", at: "2026-01-01T00:00:00.000Z" });
    make();
    expect(refusal()).toMatch(LOST);
    expect(refusal()).toContain("/backups/one.db, from 2026-01-01T00:00:00.000Z");
    unlinkSync(`${path}.last-backup.json`);
    expect(refusal()).toBeUndefined();
  });

  it("if its log is beside it, which holds what was written last", () => {
    open().close();
    const writer = new Database(path);
    writer.exec("CREATE TABLE note (text TEXT)");
    const log = readFileSync(`${path}-wal`);
    writer.close();
    unlinkSync(path);
    writeFileSync(`${path}-wal`, log);
    expect(refusal()).toMatch(LOST);
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });

  it("if a server's reserve is beside it", () => {
    writeFileSync(`${path}-reserve`, "x");
    expect(refusal()).toMatch(LOST);
  });

  it("if a link leads to nothing", () => {
    const link = join(folder, "link.db");
    symlinkSync(path, link);
    noteBackup(link, { file: "/backups/one.db", at: "2026-01-01T00:00:00.000Z" });
    expect(refusal(link)).toMatch(/missing or empty/);
  });
});

it("a database of a newer version is left as it is", () => {
  open().close();
  const newer = new Database(path);
  newer.exec("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 9e15)");
  newer.close();
  const before = readFileSync(path);
  expect(refusal()).toMatch(
    /changed by a version of Latchkey that this one does not know.*Install that version/,
  );
  expect(readFileSync(path).equals(before)).toBe(true);
});

it.each([
  ["tables of other names", "CREATE TABLE post (id INTEGER); PRAGMA user_version = 0"],
  ["a table of one of our names", "CREATE TABLE users (id INTEGER); PRAGMA user_version = 7"],
  ["a table of migrations of its own", "CREATE TABLE migrations (id INTEGER, migration TEXT, batch INTEGER)"],
])("another program's database with %s is left as it is, and the doctor says so", (_, statements) => {
  const foreign = new Database(path);
  foreign.exec(statements);
  foreign.close();
  chmodSync(path, 0o644);
  const before = readFileSync(path);
  expect(refusal()).toMatch(/contains another program's tables. It was left unchanged/);
  expect(inspectSqlite(path, MIGRATIONS).state).toBe("foreign");
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

describe("a log that belongs to the file which was there before is not taken for that of a backup", () => {
  it.each([
    ["changed the tables", "CREATE TABLE another_note (text TEXT)"],
    ["changed one row in its place, and so not the first page", "UPDATE note SET text = 'after'"],
  ])("if the write that it holds %s", async (_, statement) => {
    const killed = open();
    await killed.write(() => killed.writer.run("CREATE TABLE note (text TEXT)"));
    await killed.write(() => killed.writer.run("INSERT INTO note VALUES ('before')"));
    const backup = join(folder, "backup.db");
    await copySqlite(path, backup);
    killed.writer.get("PRAGMA wal_checkpoint(TRUNCATE)");
    await killed.write(() => killed.writer.run(statement));
    const log = readFileSync(`${path}-wal`);
    killed.close();
    copyFileSync(backup, path);
    writeFileSync(`${path}-wal`, log);
    expect(refusal()).toMatch(/-wal file beside the database belongs to another file.*`latchkey restore`/);
    expect(readFileSync(path).equals(readFileSync(backup))).toBe(true);
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });
});
