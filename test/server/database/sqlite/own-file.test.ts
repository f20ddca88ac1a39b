import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseUnavailable } from "../../../../apps/server/src/database/availability.js";
import { copySqlite } from "../../../../apps/server/src/database/sqlite/backup.js";
import type { Loss } from "../../../../apps/server/src/database/sqlite/own-file.js";
import { openSqlite, type Sqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS } from "../../../support/sqlite.js";

let folder: string;
let path: string;
let backup: string;
let sqlite: Sqlite;
let told: Array<Loss | undefined>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-own-file-"));
  path = join(folder, "latchkey.db");
  backup = join(folder, "backup.db");
  told = [];
  sqlite = open(path);
  await sqlite.write(() => sqlite.writer.run("CREATE TABLE note (text TEXT)"));
  await note("before the backup");
  await copySqlite(path, backup);
  await note("after the backup");
});
afterEach(() => {
  sqlite.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (at: string) =>
  openSqlite({ path: at, migrations: MIGRATIONS, synchronous: "full", onLost: (loss) => told.push(loss) });
const note = (text: string) => sqlite.write(() => sqlite.writer.run(`INSERT INTO note VALUES ('${text}')`));
const read = () => sqlite.read(() => sqlite.reader.all<{ text: string }>("SELECT text FROM note"));
const notesIn = (at: string) => {
  const database = new Database(at, { readonly: true });
  const notes = database.prepare("SELECT text FROM note ORDER BY rowid").pluck().all();
  const sound = database.pragma("integrity_check", { simple: true });
  database.close();
  return [sound, ...notes];
};
const aside = () => join(folder, "aside.db");

describe("a file that is lost under an open database", () => {
  const ways: ReadonlyArray<readonly [string, Loss, () => void]> = [
    ["deleted", "deleted", () => unlinkSync(path)],
    ["moved away", "deleted", () => renameSync(path, aside())],
    ["replaced by a rename", "replaced", () => renameSync(backup, path)],
    ["replaced by an empty file", "emptied", () => [unlinkSync(path), writeFileSync(path, "")]],
    ["overwritten by a backup in its place", "replaced", () => copyFileSync(backup, path)],
    ["overwritten by something else", "replaced", () => writeFileSync(path, "notes ".repeat(1000))],
    ["emptied", "emptied", () => truncateSync(path, 0)],
    ["hidden by a link that leads in a circle", "deleted", () => [unlinkSync(path), symlinkSync(path, path)]],
    ["without its log", "log replaced", () => unlinkSync(`${path}-wal`)],
    ["without its shared memory", "log replaced", () => unlinkSync(`${path}-shm`)],
  ];
  it.each(ways)("is noticed if it was %s: nothing is written or read any more", async (_, loss, lose) => {
    lose();
    await expect(note("into the void")).rejects.toThrow(DatabaseUnavailable);
    expect(sqlite.state()).toBe("down");
    expect(read).toThrow(DatabaseUnavailable);
    expect(told).toEqual([loss]);
  });

  it.each([
    ["renamed over it", () => renameSync(backup, path)],
    ["copied into its place", () => copyFileSync(backup, path)],
  ])("leaves a backup as it is that was %s, also when it closes", async (_, restore) => {
    const before = readFileSync(backup);
    restore();
    await expect(note("into the void")).rejects.toThrow(DatabaseUnavailable);
    sqlite.close();
    expect(readFileSync(path).equals(before)).toBe(true);
    for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
    expect(notesIn(path)).toEqual(["ok", "before the backup"]);
    sqlite = open(join(folder, "another.db"));
  });

  it("is used again once it is back in its place", async () => {
    renameSync(path, aside());
    await expect(note("into the void")).rejects.toThrow(DatabaseUnavailable);
    renameSync(aside(), path);
    await note("again");
    expect([sqlite.state(), told]).toEqual(["up", ["deleted", undefined]]);
    expect(read().map(({ text }) => text)).toEqual(["before the backup", "after the backup", "again"]);
  });

  it("is noticed between two writes, and while a write waits for the disk", async () => {
    const write = note("waits for the disk");
    await new Promise((resolve) => setImmediate(resolve));
    unlinkSync(path);
    await expect(write).rejects.toThrow(DatabaseUnavailable);
  });

  it("is not noticed where nothing happened: commits and checkpoints, of other processes too", async () => {
    const other = open(path);
    for (let round = 0; round < 20; round++) {
      await note("mine");
      await other.write(() => other.writer.run("CREATE TABLE IF NOT EXISTS theirs AS SELECT 1 AS one"));
      (round % 2 === 0 ? other : sqlite).writer.get("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    other.close();
    await note("last");
    expect([sqlite.state(), told]).toEqual(["up", []]);
  });
});

it("a link that leads to another file counts as a replaced one, and a relative path is followed", async () => {
  const link = join(folder, "link.db");
  symlinkSync(path, link);
  const linked = open(relative(process.cwd(), link));
  expect(linked.state()).toBe("up");
  unlinkSync(link);
  symlinkSync(backup, link);
  expect([linked.state(), told]).toEqual(["down", ["replaced"]]);
  linked.close();
});

it("writes nothing into tables that a newer version has changed, and says so", async () => {
  const newer = new Database(path);
  newer.exec("CREATE TABLE of_tomorrow (id INTEGER)");
  newer.exec("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 9e15)");
  newer.close();
  await expect(note("of today")).rejects.toThrow(DatabaseUnavailable);
  expect([sqlite.state(), told]).toEqual(["down", ["newer"]]);
  expect(notesIn(path)).toEqual(["ok", "before the backup", "after the backup"]);
});
