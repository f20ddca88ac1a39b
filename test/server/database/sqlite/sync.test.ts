import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DiskSync, logOf, openDiskSync } from "../../../../apps/server/src/database/sqlite/sync.js";

let folder: string;
let connection: Database.Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-sync-"));
  connection = new Database(join(folder, "latchkey.db"));
  connection.pragma("journal_mode = WAL");
  connection.exec("CREATE TABLE note (text TEXT)");
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const synced = (disk: DiskSync) => new Promise((resolve) => disk.begin(resolve));

describe("waiting for the disk", () => {
  it("ends without an error when the log is on disk", async () => {
    const disk = openDiskSync(connection);
    connection.exec("INSERT INTO note VALUES ('a')");
    const done = synced(disk);
    expect(disk.isRunning()).toBe(true);
    expect(await done).toBe(undefined);
    expect(disk.isRunning()).toBe(false);
    disk.close();
  });

  it("ends before the database is closed, if it must", async () => {
    const disk = openDiskSync(connection);
    const outcomes: unknown[] = [];
    disk.begin((error) => outcomes.push(error));
    disk.finish();
    expect(outcomes).toEqual([undefined]);
    disk.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(outcomes).toEqual([undefined]);
  });

  it("reports a failure at the end too, if a thread has already received it", async () => {
    const broken = join(folder, "broken");
    execFileSync("mkfifo", [broken]);
    const disk = openDiskSync(connection, broken);
    const outcomes: unknown[] = [];
    disk.begin((error) => outcomes.push(error));
    disk.finish();
    expect(outcomes).toEqual([expect.objectContaining({ code: "EINVAL" })]);
    disk.close();
  });

  it("is for the log next to the database file itself, not next to a link to it", () => {
    const link = join(folder, "link.db");
    symlinkSync(connection.name, link);
    writeFileSync(`${link}-wal`, "left behind when the file was moved");
    const linked = new Database(link);
    expect(logOf(linked)).toBe(`${realpathSync(link)}-wal`);
    linked.close();
  });

  it("promises nothing after a failure until the whole log is in the database file", async () => {
    // The kernel cannot sync a pipe: the closest thing to a failing disk that every machine has.
    const broken = join(folder, "broken");
    execFileSync("mkfifo", [broken]);
    const disk = openDiskSync(connection, broken);
    connection.exec("INSERT INTO note VALUES ('a')");
    expect(await synced(disk)).toMatchObject({ code: "EINVAL" });
    expect(notesInFileAlone()).toEqual([]);
    await synced(disk);
    expect(notesInFileAlone()).toEqual(["a"]);
    disk.close();
  });

  it("promises nothing either while a reader keeps the log from being moved", async () => {
    const broken = join(folder, "broken");
    execFileSync("mkfifo", [broken]);
    const disk = openDiskSync(connection, broken);
    connection.exec("INSERT INTO note VALUES ('a')");
    await synced(disk);
    const reader = new Database(connection.name);
    reader.exec("BEGIN");
    reader.prepare("SELECT * FROM note").all();
    connection.pragma("busy_timeout = 0");
    connection.exec("INSERT INTO note VALUES ('b')");
    expect(await synced(disk)).toMatchObject({ message: "the log could not be moved into the database" });
    reader.close();
    disk.close();
  });
});

/** What would be left if the log were lost. */
function notesInFileAlone(): unknown[] {
  const copy = join(folder, "copy.db");
  copyFileSync(connection.name, copy);
  const database = new Database(copy);
  try {
    const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'note'").get();
    return isThere ? database.prepare("SELECT text FROM note").pluck().all() : [];
  } finally {
    database.close();
  }
}
