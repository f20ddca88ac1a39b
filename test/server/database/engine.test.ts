import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseUnavailable } from "../../../apps/server/src/database/availability.js";
import type { Place } from "../../../apps/server/src/database/engine.js";
import { engineOf } from "../../../apps/server/src/database/engines.js";
import { openAccountStore } from "../../../apps/server/src/features/accounts/index.js";
import { openKeyStore } from "../../../apps/server/src/features/signing-keys/index.js";
import { MIGRATIONS } from "../../../apps/server/src/host.js";

let folder: string;
let url: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-engine-"));
  url = join(folder, "latchkey.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const engine = () => engineOf(url);
const exists = () => {
  const { copies } = engine();
  return "exists" in copies && copies.exists(url);
};
const placeOf = (at: string): Place => ({ url: at, migrations: MIGRATIONS, pool: 1, pooler: "none" });
const open = () =>
  engine().open({ ...placeOf(url), olderTables: "refuse", synchronous: "full", keepsRoom: false });
/** A closed database that contains a signing key. */
const fill = async () => {
  const database = await open();
  await openKeyStore(database).insert({ kid: "k", privateJwk: "{}", createdAtMs: 7 });
  await database.close();
};

describe("an engine", () => {
  it("is chosen by the scheme, and others are refused, saying which there are", () => {
    const [file, server] = ["data/latchkey.db", "postgresql://u@localhost/d"];
    expect(engineOf(file).parseUrl(file)).toEqual({ value: file });
    expect(engineOf(server).parseUrl(server)).toEqual({ value: server });
    const other = "mysql://u:secret@db.example.com/d";
    expect(engineOf(other).parseUrl(other)).toEqual({
      fault: "must be the path or the file: URL of a SQLite file, or a postgres:// URL",
    });
  });

  it("creates a missing database, and finds in it what another process has written", async () => {
    expect(exists()).toBe(false);
    await fill();
    expect(exists()).toBe(true);
    const database = await open();
    expect(database.state()).toBe("up");
    expect(await openKeyStore(database).newestAtMs()).toBe(7);
    await database.close();
  });

  it("knows whether a database is open elsewhere", async () => {
    const database = await open();
    expect(await engine().isUpgradeDisruptive(placeOf(url))).toBe(true);
    await database.close();
    expect(await engine().isUpgradeDisruptive(placeOf(url))).toBe(false);
  });

  it("opens a database for reading, and writes nothing to it", async () => {
    await fill();
    const before = readFileSync(url);
    const database = await engine().openForReading(placeOf(url));
    const keys = openKeyStore(database);
    expect(await keys.newestAtMs()).toBe(7);
    expect(await openAccountStore(database).countActingAdmins()).toBe(0);
    await expect(keys.insert({ kid: "l", privateJwk: "{}", createdAtMs: 8 })).rejects.toThrow(
      DatabaseUnavailable,
    );
    expect(database.state()).toBe("read-only");
    await database.close();
    expect(readFileSync(url).equals(before)).toBe(true);
  });

  it("refuses to open a missing database for reading", async () => {
    await expect(engine().openForReading(placeOf(url))).rejects.toMatchObject({ code: "SQLITE_CANTOPEN" });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("an examination", () => {
  const inspect = () => engine().inspect(placeOf(url));

  it("finds no file, and creates none", async () => {
    expect(await inspect()).toEqual({ state: "absent" });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("reports the state of the file and how its tables compare with this program's", async () => {
    await fill();
    expect(await inspect()).toMatchObject({
      state: "sound",
      place: { file: { mode: 0o600, freeBytes: expect.any(Number), walBytes: 0 } },
      migrations: { pending: 0, unknown: 0 },
    });
    const shell = new Database(url);
    shell.exec("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 1)");
    shell.exec("DELETE FROM migrations WHERE created_at = (SELECT max(created_at) FROM migrations)");
    shell.close();
    expect(await inspect()).toMatchObject({ migrations: { pending: 1, unknown: 1 } });
  });

  it("reports the tables of an empty file as outdated, and a damaged file as unusable", async () => {
    writeFileSync(url, "");
    const inspection = await inspect();
    expect(inspection).toMatchObject({ state: "sound", migrations: { unknown: 0 } });
    writeFileSync(url, "not a database, but somebody's notes ".repeat(50));
    expect(await inspect()).toEqual({ state: "unusable", code: "SQLITE_NOTADB" });
  });
});

describe("copies", () => {
  it("are backups that say how many rows they have", async () => {
    await fill();
    const file = join(folder, "copy.db");
    const { copies } = engine();
    if ("howToBackUp" in copies) throw new Error(copies.howToBackUp);
    const { rows } = await copies.backUp(url, file);
    expect([rows.signing_keys, rows.users]).toEqual([1, 0]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("are for trials, next to the database, and leave nothing behind", async () => {
    await fill();
    const trial = await engine().copyForTrial(placeOf(url));
    expect(trial.url.startsWith(folder)).toBe(true);
    const copy = await engine().openForReading(placeOf(trial.url));
    expect(await openKeyStore(copy).newestAtMs()).toBe(7);
    await copy.close();
    await trial.discard();
    expect(readdirSync(folder).filter((name) => name.startsWith(".dry-run"))).toEqual([]);
  });

  it("for trials are empty places if there is no database", async () => {
    const trial = await engine().copyForTrial(placeOf(url));
    expect([existsSync(url), existsSync(trial.url)]).toEqual([false, false]);
    await trial.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leave nothing behind if the file to copy is not a database", async () => {
    writeFileSync(url, "not a database, but somebody's notes ".repeat(50));
    await expect(engine().copyForTrial(placeOf(url))).rejects.toMatchObject({ code: "SQLITE_NOTADB" });
    expect(readdirSync(folder)).toEqual(["latchkey.db"]);
  });
});
