import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBackup } from "../../../apps/server/src/database/sqlite/last-backup.js";
import { login, registerUser } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

let server: TestServer;
let operator: Operator;
beforeEach(async () => {
  server = await startServer();
  operator = await newOperator(server.databasePath);
});
afterEach(async () => {
  await server.close();
  await operator.leave();
});

describe("backup", () => {
  it("makes a complete copy while a server is running, which only its owner can read", async () => {
    const email = await registerUser(server);
    const path = join(operator.folder, "copy.db");
    const { exitCode, stdout } = await operator.run(["backup", path]);
    expect([exitCode, stdout]).toEqual([0, `Backed up 1 user to ${path}; the copy is intact.\n`]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(operator.folder)).toEqual(["copy.db"]);
    const restored = await startServer({ databasePath: path });
    expect(await login(restored, email)).toBeTypeOf("string");
    await restored.close();
  });

  it("finishes while others write without a pause, and shows one moment", async () => {
    const database = new Database(server.databasePath);
    database.exec("CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER)");
    const write = database.transaction((n: number) => {
      for (const table of ["a", "b"]) database.prepare(`INSERT INTO ${table} VALUES (?)`).run(n);
    });
    const path = join(operator.folder, "copy.db");
    let ended = false;
    const backup = operator.spawn(["backup", path]).finally(() => {
      ended = true;
    });
    let written = 0;
    while (!ended) {
      write(++written);
      await new Promise(setImmediate);
    }
    expect(await backup).toMatchObject({ exitCode: 0 });
    const copy = new Database(path, { readonly: true });
    const counts = copy.prepare("SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b").get();
    const { a, b } = counts as { a: number; b: number }; // Safe: two counts.
    expect(a).toBe(b);
    copy.close();
    database.close();
  });

  it("never overwrites another file, and leaves nothing behind if it fails", async () => {
    const path = join(operator.folder, "precious.db");
    await writeFile(path, "precious");
    expect((await operator.run(["backup", path])).stderr).toContain("already exists");
    expect(await readFile(path, "utf8")).toBe("precious");
    const environment = { DATABASE_URL: join(operator.folder, "none.db") };
    const { exitCode, stderr } = await operator.run(["backup", join(operator.folder, "new.db")], {
      environment,
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("There is no database at ")]);
    expect(await readdir(operator.folder)).toEqual(["precious.db"]);
  });

  it("keeps this many of the newest in a folder, and touches nothing else there", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const others = [
      "latchkey-20200101T000000Z.db",
      "latchkey-20210101T000000Z.db",
      "notes.txt",
      "latchkey.db",
    ];
    for (const name of others) await writeFile(join(folder, name), "");
    const { backup } = await operator.json(["backup", folder, "--keep", "2"]);
    expect(backup.deleted).toEqual([join(folder, "latchkey-20200101T000000Z.db")]);
    const kept = ["latchkey-20210101T000000Z.db", "latchkey.db", "notes.txt"];
    expect((await readdir(folder)).sort()).toEqual([...kept, backup.file.slice(folder.length + 1)].sort());
  });
});

it("a server that refuses a damaged database says where the latest backup is", async () => {
  await registerUser(server);
  const path = join(operator.folder, "copy.db");
  await operator.json(["backup", path]);
  const { at = "" } = findBackup(server.databasePath) ?? {};
  // Another deployment's, damaged: this server still uses its own.
  const damaged = join(operator.folder, "damaged.db");
  await writeFile(damaged, "x".repeat(10_000));
  await copyFile(`${server.databasePath}.last-backup.json`, `${damaged}.last-backup.json`);
  const environment = { DATABASE_URL: damaged };
  const { exitCode, stderr } = await operator.run(["users", "list"], { environment });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The latest backup made with \`latchkey backup\` is ${path}, from ${at}.`);
  await rm(`${damaged}.last-backup.json`);
  expect((await operator.run(["users", "list"], { environment })).stderr).not.toContain("latest backup made");
});
