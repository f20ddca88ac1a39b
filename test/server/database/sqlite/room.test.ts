import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite, type Sqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS } from "../../../support/sqlite.js";

const MIB = 1024 * 1024;
let folder: string;
let path: string;
let sqlite: Sqlite;
const open = (at = path) =>
  openSqlite({ path: at, migrations: MIGRATIONS, synchronous: "full", keepsRoom: true });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-room-"));
  path = join(folder, "latchkey.db");
  sqlite = open();
});
afterEach(() => {
  sqlite.close();
  rmSync(folder, { recursive: true, force: true });
});

const pragma = (name: string) => Number(Object.values(sqlite.writer.get<object>(`PRAGMA ${name}`) ?? {})[0]);
const logBytes = (of = path) => statSync(`${of}-wal`, { throwIfNoEntry: false })?.size ?? 0;
const isKept = () =>
  expect.poll(() => pragma("freelist_count") * 4096, { timeout: 20_000 }).toBeGreaterThanOrEqual(8 * MIB);

describe("a database with a reserve", () => {
  it("can be written even if its file cannot grow", async () => {
    await isKept();
    sqlite.writer.get(`PRAGMA max_page_count = ${pragma("page_count")}`);
    await sqlite.write(() => sqlite.writer.run("CREATE TABLE note (bytes BLOB)"));
    for (let i = 0; i < 30; i++)
      await sqlite.write(() => sqlite.writer.run("INSERT INTO note VALUES (randomblob(100000))"));
    expect(sqlite.state()).toBe("up");
  });

  it("has a log of its full length, in which committed data stays", async () => {
    await isKept();
    await sqlite.write(() => sqlite.writer.run("CREATE TABLE note AS SELECT 'in the log' AS text"));
    expect(logBytes()).toBeGreaterThanOrEqual(8 * MIB);
    // As a kill would leave it.
    const killed = join(folder, "killed.db");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, killed + suffix);
    const database = new Database(killed);
    expect(database.prepare("SELECT text FROM note").pluck().get()).toBe("in the log");
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    database.close();
  });

  it("keeps the log's reserve while no process has it open, readable by its owner only", async () => {
    await isKept();
    sqlite.close();
    expect([logBytes(), existsSync(`${path}-wal`)]).toEqual([0, false]);
    expect(statSync(`${path}-reserve`).size).toBeGreaterThanOrEqual(8 * MIB);
    expect((statSync(`${path}-reserve`).mode & 0o777).toString(8)).toBe("600");
    sqlite = open();
    expect(logBytes()).toBeGreaterThanOrEqual(8 * MIB);
    expect(existsSync(`${path}-reserve`)).toBe(false);
  });

  it("keeps none next to a database that another process has open", () => {
    const other = open();
    other.close();
    expect(existsSync(`${path}-reserve`)).toBe(false);
  });

  it("keeps none next to a link to such a database either", () => {
    const link = join(folder, "link.db");
    symlinkSync(path, link);
    const other = open(link);
    other.close();
    expect(existsSync(`${link}-reserve`)).toBe(false);
  });
});

it("gives back what was deleted, in small steps, and keeps the reserve", async () => {
  await sqlite.write(() => sqlite.writer.run("CREATE TABLE note (bytes BLOB)"));
  for (let i = 0; i < 60; i++)
    await sqlite.write(() => sqlite.writer.run("INSERT INTO note VALUES (randomblob(1048576))"));
  await sqlite.write(() => sqlite.writer.run("CREATE TABLE kept AS SELECT 'at the end' AS text"));
  const before = pragma("page_count") * 4096;
  await sqlite.write(() => sqlite.writer.run("DELETE FROM note"));
  await expect.poll(() => pragma("freelist_count") * 4096, { timeout: 25_000 }).toBeLessThanOrEqual(32 * MIB);
  await isKept();
  expect(before - pragma("page_count") * 4096).toBeGreaterThan(25 * MIB);
  sqlite.writer.get("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(statSync(path).size).toBe(pragma("page_count") * 4096);
  expect(sqlite.reader.all("SELECT text FROM kept")).toEqual([{ text: "at the end" }]);
  expect(sqlite.writer.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
});
