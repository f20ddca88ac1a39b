import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainSqliteFailure } from "../../../../apps/server/src/database/sqlite/explain.js";
import { inspectSqlite } from "../../../../apps/server/src/database/sqlite/inspect.js";
import { findBackup, noteBackup } from "../../../../apps/server/src/database/sqlite/last-backup.js";
import { realPathOf } from "../../../../apps/server/src/database/sqlite/real-path.js";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { copyForTrial } from "../../../../apps/server/src/database/sqlite/trial-copy.js";
import { MIGRATIONS } from "../../../support/sqlite.js";

/** A disk of this size counts as full. */
const FULL_BYTES = 2 * 1024 * 1024;
const BACKUP = { file: "/backups/one.db", at: "2026-01-01T00:00:00.000Z" };

let folder: string;
/** The folder of the link, and that of the database. */
let links: string;
let files: string;
let link: string;
let path: string;
let isMounted: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-link-"));
  links = join(folder, "links");
  files = join(folder, "files");
  for (const made of [links, files]) mkdirSync(made);
  const options = ["-t", "tmpfs", "-o", `size=${FULL_BYTES}`, "latchkey-link", links];
  isMounted = spawnSync("mount", options, { stdio: "ignore" }).status === 0;
  link = join(links, "latchkey.db");
  path = join(files, "latchkey.db");
  symlinkSync(path, link);
});
afterEach(() => {
  if (isMounted) spawnSync("umount", ["-l", links]);
  rmSync(folder, { recursive: true, force: true });
});

const open = (at = link) =>
  openSqlite({ path: at, migrations: MIGRATIONS, synchronous: "full", keepsRoom: true });
const refusal = () => {
  try {
    open().close();
    return undefined;
  } catch (error) {
    return explainSqliteFailure(error)?.sentence;
  }
};
const makeReadOnly = () => spawnSync("mount", ["-o", "remount,ro", links]).status === 0;

describe("a database at the end of a link to another disk", () => {
  it("can be written while only the link's own disk is full", async (context) => {
    if (!isMounted) return context.skip("nothing can be mounted here: root is needed");
    const sqlite = open();
    // The disk is looked at after a second: what was read then shows in the file, which has grown.
    const pages = () => Number(Object.values(sqlite.reader.get<object>("PRAGMA page_count"))[0]);
    const before = pages();
    await expect.poll(pages, { timeout: 20_000 }).toBeGreaterThan(before);
    expect(sqlite.state()).toBe("up");
    sqlite.close();
  });

  it("has its reserve and its note of a backup beside the database, and nothing beside the link", async () => {
    open().close();
    expect(noteBackup(link, BACKUP)).toBeUndefined();
    expect(readdirSync(links)).toEqual(["latchkey.db"]);
    expect(readdirSync(files).sort()).toEqual([
      "latchkey.db",
      "latchkey.db-reserve",
      "latchkey.db.last-backup.json",
    ]);
    expect([findBackup(link), findBackup(path)]).toEqual([BACKUP, BACKUP]);
    open(path).close();
    const trial = await copyForTrial(link);
    expect(trial.url.startsWith(`${files}/.dry-run-`)).toBe(true);
    await trial.discard();
  });

  it("is opened, closed and noted even if the link's folder is read-only", (context) => {
    if (!isMounted || !makeReadOnly()) return context.skip("nothing can be mounted here: root is needed");
    open().close();
    expect(noteBackup(link, BACKUP)).toBeUndefined();
    expect(inspectSqlite(link, MIGRATIONS).state).toBe("sound");
    expect(existsSync(`${path}-reserve`)).toBe(true);
  });

  it.each([
    ["its note of a backup", () => noteBackup(path, BACKUP)],
    ["its reserve", () => writeFileSync(`${path}-reserve`, "x")],
    ["its log", () => writeFileSync(`${path}-wal`, "x")],
  ])("is missed if the file is gone and %s is there", (_, leave) => {
    leave();
    expect(refusal()).toMatch(/missing or empty/);
    expect(inspectSqlite(link, MIGRATIONS).state).toBe("lost");
    expect(existsSync(path)).toBe(false);
  });

  it("is described by the space on its own disk and the size of its own log", async (context) => {
    if (!isMounted) return context.skip("nothing can be mounted here: root is needed");
    const sqlite = open();
    const inspection = inspectSqlite(link, MIGRATIONS);
    if (inspection.state !== "sound" || !("file" in inspection.place)) throw new Error(inspection.state);
    const { freeBytes, walBytes } = inspection.place.file;
    expect(freeBytes).toBeGreaterThan(statfsSync(links).blocks * statfsSync(links).bsize);
    expect(walBytes).toBeGreaterThan(0);
    sqlite.close();
  });
});

it("opens a database whose reserve cannot be used, and closes it", () => {
  open().close();
  rmSync(`${path}-reserve`);
  // Even root can neither truncate nor remove it.
  mkdirSync(`${path}-reserve`);
  writeFileSync(join(`${path}-reserve`, "x"), "");
  open().close();
  expect(lstatSync(`${path}-reserve`).isDirectory()).toBe(true);
});

it("says why a backup cannot be noted, instead of failing", () => {
  mkdirSync(`${path}.last-backup.json`);
  expect(noteBackup(link, BACKUP)).toBe("EISDIR");
});

describe("the real path of a database that does not exist yet", () => {
  it("follows links from folder to folder", () => {
    const [one, two] = [join(folder, "one"), join(files, "two")];
    symlinkSync("files/two", one);
    symlinkSync("../files/three", two);
    expect(realPathOf(one)).toBe(join(files, "three"));
    symlinkSync(files, join(folder, "linked"));
    expect(realPathOf(join(folder, "linked/four"))).toBe(join(files, "four"));
  });

  it("is the path itself if links lead in a circle or its folder is missing", () => {
    unlinkSync(link);
    symlinkSync(link, link);
    expect(realPathOf(link)).toBe(link);
    expect(realPathOf(join(folder, "none/latchkey.db"))).toBe(join(folder, "none/latchkey.db"));
  });
});
