import { execFileSync } from "node:child_process";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFile } from "../../../apps/server/src/cli/new-file.js";
import { findBackup } from "../../../apps/server/src/database/sqlite/last-backup.js";
import { login, registerUser, signUp } from "../../support/rest.js";
import { isOnSqlite } from "../../support/rows.js";
import { startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";
import { canMount, runWithMounts } from "./mounts.js";

/** A number that no process has. */
const NO_PROCESS = 4_194_305;
const LAST_YEAR = new Date(Date.now() - 365 * 86_400_000);

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

// PostgreSQL is backed up with its own tools.
describe.runIf(isOnSqlite())("backup", () => {
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

  it("blames its own file, not the database, if that cannot be made", async () => {
    const link = join(operator.folder, "link.db");
    await symlink(join(operator.folder, "nowhere", "copy.db"), link);
    for (const [path, sentence] of [
      [
        join(operator.folder, "nowhere", "copy.db"),
        /copy\.db cannot be written \(ENOENT\): check its folder/,
      ],
      [join(server.databasePath, "copy.db"), /copy\.db cannot be written \(ENOTDIR\): check its folder/],
      [link, /link\.db already exists/],
    ] as const) {
      const { exitCode, stderr } = await operator.run(["backup", path]);
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(sentence)]);
    }
    expect(await readdir(operator.folder)).toEqual(["link.db"]);
  });

  it("keeps this many of the newest of this instance in a folder, and touches nothing else there", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup: first } = await operator.json(["backup", folder]);
    const begin = first.file.replace(/\d{8}T\d{6}Z\.db$/, "");
    expect(begin.slice(folder.length)).toMatch(/^\/latchkey-[0-9a-f]{8}-$/);
    const own = ["20200101T000000Z.db", "20210101T000000Z.db"].map((time) => begin + time);
    const others = [
      "latchkey-20200101T000000Z.db",
      "latchkey-ffffffff-20200101T000000Z.db",
      `${basename(begin)}eu-20200101T000000Z.db`,
      `${basename(begin)}20200101T000000Z.db.gz`,
      `old-${basename(begin)}20200101T000000Z.db`,
      "notes.txt",
      "latchkey.db",
    ];
    for (const path of [...own, ...others.map((name) => join(folder, name))]) await writeFile(path, "");
    // The name has no room for two in a second.
    await rm(first.file);
    const { backup } = await operator.json(["backup", folder, "--keep", "2"]);
    expect(backup.deleted).toEqual([own[0]]);
    const kept = [...others, basename(own[1] ?? ""), basename(backup.file)];
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
    expect(findBackup(server.databasePath)?.file).toBe(backup.file);
  });

  it("never deletes the one just made: those with a later time are kept, not counted, and named", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup: first } = await operator.json(["backup", folder]);
    const begin = first.file.replace(/\d{8}T\d{6}Z\.db$/, "");
    await rm(first.file);
    const past = ["20200101T000000Z.db", "20210101T000000Z.db"].map((time) => begin + time);
    const future = ["20990101T000000Z.db", "20990102T000000Z.db", "20990103T000000Z.db"].map(
      (time) => begin + time,
    );
    for (const file of [...past, ...future]) await writeFile(file, "");
    const { backup } = await operator.json(["backup", folder, "--keep", "2"]);
    expect(backup).toMatchObject({ deleted: [past[0]], undeleted: [], fromFuture: future });
    const kept = [past[1] ?? "", backup.file, ...future].map((file) => basename(file));
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
    await rm(backup.file);
    const { stdout } = await operator.run(["backup", folder, "--keep", "1"]);
    expect(stdout).toContain("Deleted 1 older.\nThe clock of this machine is or was wrong: these backups");
    for (const file of future) expect(stdout).toContain(`\n  ${file}`);
    expect((await operator.run(["backup", folder])).stdout).not.toContain("The clock");
  });

  it.runIf(canMount)("names what it cannot delete, and deletes the rest", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup: first } = await operator.json(["backup", folder]);
    const begin = first.file.replace(/\d{8}T\d{6}Z\.db$/, "");
    await rm(first.file);
    const [busy = "", old = ""] = ["20200101T000000Z.db", "20210101T000000Z.db"].map((time) => begin + time);
    for (const file of [busy, old]) await writeFile(file, "");
    const { stdout } = await runWithMounts(operator, {
      script: `mount --bind "${busy}" "${busy}"`,
      words: ["backup", folder, "--keep", "1"],
    });
    expect(stdout).toContain("Deleted 1 older.\n");
    expect(stdout).toContain(`\nThis could not be deleted:\n  ${busy} (EBUSY)`);
    expect(await readdir(folder)).toHaveLength(2);
    expect(await readdir(folder)).not.toContain(basename(old));
  });

  it("works in a folder that it cannot list, and says that it has deleted nothing there", async () => {
    const own = await newOperator();
    await own.json(["users", "list"]);
    const folder = join(own.folder, "backups");
    await mkdir(folder, { mode: 0o300 });
    // The superuser may read every folder: become an ordinary user for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) execFileSync("chown", ["-R", "65534:65534", own.folder]);
    if (isRoot) process.seteuid?.(65_534);
    try {
      const file = join(folder, "copy.db");
      const { stdout, stderr } = await own.run(["backup", file]);
      expect([stdout, stderr]).toEqual([`Backed up 0 users to ${file}; the copy is intact.\n`, ""]);
      const kept = await own.run(["backup", folder, "--keep", "1"]);
      expect([kept.exitCode, kept.stderr]).toEqual([0, ""]);
      expect(kept.stdout).toContain(`the copy is intact.\nThis could not be deleted:\n  ${folder} (EACCES)`);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder, 0o700);
      await own.leave();
    }
  });

  it("is no fault that another process has deleted an older one first", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup: first } = await operator.json(["backup", folder]);
    const begin = first.file.replace(/\d{8}T\d{6}Z\.db$/, "");
    await rm(first.file);
    const years = Array.from({ length: 1_000 }, (_, year) => `${begin}${1000 + year}0101T000000Z.db`);
    for (const file of years) await writeFile(file, "");
    const words = ["backup", folder, "--keep", "1", "--json"];
    const runs = await Promise.all(Array.from({ length: 3 }, () => operator.spawn(words)));
    expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(runs.map(() => [0, ""]));
    const backups = runs.map(({ stdout }) => JSON.parse(stdout).backup);
    expect(backups.flatMap(({ undeleted }) => undeleted)).toEqual([]);
    const deleted: string[] = backups.flatMap((backup) => backup.deleted);
    expect(new Set(deleted).size).toBe(deleted.length);
    expect(deleted).toEqual(expect.arrayContaining(years));
    expect((await readdir(folder)).length).toBeGreaterThan(0);
  });

  it("leaves nothing behind if it is killed and run again, or if it fails", async () => {
    await registerUser(server);
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup } = await operator.json(["backup", folder]);
    const begin = backup.file.replace(/\d{8}T\d{6}Z\.db$/, "");
    const killed = (name: string) =>
      ["", "-journal"].map((suffix) => `${name}.${NO_PROCESS}.unfinished${suffix}`);
    const old = killed(`${begin}20200101T000000Z.db`);
    const inProgress = killed(`${begin}20200102T000000Z.db`);
    const others = killed(join(folder, "latchkey-ffffffff-20200101T000000Z.db"));
    for (const file of [...old, ...inProgress, ...others]) await writeFile(file, "half");
    // Of a backup in progress, one of the files was written to recently.
    for (const file of [...old, ...others, inProgress[1] ?? ""]) await utimes(file, LAST_YEAR, LAST_YEAR);
    await rm(backup.file);
    const { backup: next } = await operator.json(["backup", folder]);
    const kept = [next.file, ...inProgress, ...others].map((file) => basename(file));
    expect((await readdir(folder)).sort()).toEqual(kept.sort());

    // Without a folder, it is known that the name is not in use.
    const file = join(operator.folder, "copy.db");
    for (const unfinished of killed(file)) await writeFile(unfinished, "half");
    await operator.json(["backup", file]);
    expect((await readdir(operator.folder)).sort()).toEqual(["backups", "copy.db"]);
    const failed = makeFile(join(operator.folder, "failed.db"), async (unfinished) => {
      for (const suffix of ["", "-journal", "-wal"]) await writeFile(unfinished + suffix, "half");
      throw new Error("the disk is full");
    });
    await expect(failed).rejects.toThrow("the disk is full");
    expect((await readdir(operator.folder)).sort()).toEqual(["backups", "copy.db"]);
  });

  it("succeeds even if its location cannot be recorded, and says so", async () => {
    await mkdir(`${server.databasePath}.last-backup.json`);
    const path = join(operator.folder, "copy.db");
    const { exitCode, stdout } = await operator.run(["backup", path]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      "the copy is intact.\nIts location could not be recorded next to the database (E",
    );
    const { backup } = await operator.json(["backup", `${path}2`]);
    expect(backup).toMatchObject({ recorded: false });
    await rm(`${server.databasePath}.last-backup.json`, { recursive: true });
    expect((await operator.json(["backup", `${path}3`])).backup).toMatchObject({ recorded: true });
  });

  it("has another name for each instance, even for one that began with a backup of the other", async () => {
    const folder = join(operator.folder, "backups");
    await mkdir(folder);
    const { backup } = await operator.json(["backup", folder]);
    const second = await newOperator();
    await second.json(["restore", backup.file]);
    const { backup: theirs } = await second.json(["backup", folder, "--keep", "1"]);
    expect(theirs.deleted).toEqual([]);
    expect(basename(theirs.file).slice(0, 17)).not.toBe(basename(backup.file).slice(0, 17));
    await second.leave();
  });
});

describe.runIf(isOnSqlite())("backup verify", () => {
  it("says that a backup can be restored, and what is in it", async () => {
    await signUp(server);
    const path = join(operator.folder, "copy.db");
    await operator.json(["backup", path]);
    const before = await readFile(path);
    const { exitCode, stdout } = await operator.run(["backup", "verify", path]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${path} is intact: 1 user, 1 session.`);
    expect(stdout).toMatch(/Its audit log is intact: \d+ entries, head \d+:[0-9a-f]{64}/);
    const { backup } = await operator.json(["backup", "verify", path]);
    expect(backup).toMatchObject({ users: 1, rows: { users: 1, sessions: 1 }, pendingMigrations: 0 });
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(operator.folder)).toEqual(["copy.db"]);
  });

  it.each<[string, string, (database: Database.Database) => void]>([
    [
      "AUDIT_BROKEN",
      "a changed audit entry",
      (database) => {
        for (const name of triggersOf(database, "audit_entries")) database.exec(`DROP TRIGGER "${name}"`);
        database.exec("UPDATE audit_entries SET actor = 'operator' WHERE number = 1");
      },
    ],
    [
      "BACKUP_NEWER",
      "tables of a newer version",
      (database) => database.exec("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 9e15)"),
    ],
    [
      "BACKUP_DAMAGED",
      "rows that refer to missing ones",
      (database) => {
        database.pragma("foreign_keys = OFF");
        database.exec("DELETE FROM users");
      },
    ],
    [
      "NOT_A_BACKUP",
      "another program's tables",
      (database) => {
        database.exec("DROP TABLE migrations");
      },
    ],
  ])("refuses, as restoring does, with %s: %s", async (code, _, damage) => {
    await registerUser(server);
    const path = join(operator.folder, "copy.db");
    await operator.json(["backup", path]);
    const database = new Database(path);
    damage(database);
    database.close();
    for (const words of [
      ["backup", "verify", path],
      ["restore", path],
    ]) {
      const { exitCode, stderr } = await operator.run([...words, "--json"]);
      expect([exitCode, JSON.parse(stderr).error.code]).toEqual([1, code]);
    }
  });

  it("refuses a file that is cut off, is not a database, or does not exist", async () => {
    const path = join(operator.folder, "copy.db");
    await operator.json(["backup", path]);
    const bytes = await readFile(path);
    for (const content of [bytes.subarray(0, bytes.length / 2), "notes ".repeat(1000), ""]) {
      await writeFile(path, content);
      const { exitCode, stderr } = await operator.run(["backup", "verify", path]);
      expect([exitCode, stderr.split(path)[1]]).toEqual([
        1,
        expect.stringMatching(/^ (is damaged|contains no)/),
      ]);
    }
    await rm(path);
    // A pipe would keep the command waiting for a writer.
    execFileSync("mkfifo", [join(operator.folder, "pipe")]);
    for (const other of [path, join(operator.folder, "pipe"), operator.folder]) {
      for (const words of [
        ["backup", "verify", other],
        ["restore", other],
      ]) {
        expect((await operator.run(words)).stderr).toContain("There is no file");
      }
    }
  });
});

const triggersOf = (database: Database.Database, table: string) =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?")
    .pluck()
    .all(table) as string[]; // Safe: a TEXT column.

it.runIf(isOnSqlite())(
  "a server that refuses a damaged database says where the latest backup is",
  async () => {
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
    expect((await operator.run(["users", "list"], { environment })).stderr).not.toContain(
      "latest backup made",
    );
  },
);
