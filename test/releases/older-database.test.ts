import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite, type Sqlite } from "../../apps/server/src/database/sqlite/sqlite.js";
import { newOperator, type Operator, PASSWORD } from "../server/cli/command.js";
import { MIGRATIONS } from "../support/sqlite.js";
import { type Release, readRelease, releasedVersions } from "./release.js";

let folder: string;
let path: string;
let operator: Operator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-older-"));
  path = join(folder, "latchkey.db");
  operator = await newOperator(path);
});

afterEach(async () => {
  await operator.leave();
  rmSync(folder, { recursive: true, force: true });
});

/** The versions whose tables are not those of this one. */
const older = releasedVersions()
  .map((version) => ({ version, release: readRelease(version) }))
  .filter(({ release }) => !isCurrent(release));

describe.each(older)("a database of $version", ({ release }) => {
  beforeEach(() => {
    const database = new Database(path);
    database.pragma("journal_mode = WAL");
    database.exec(release.sql);
    database.close();
  });

  /** What holds the database open as a server of that version does. */
  const openAsItsServer = (): Sqlite =>
    openSqlite({ path, migrations: migrationsOf(release, folder), synchronous: "full" });

  const { email } = release;
  it.each<readonly string[]>([
    ["users", "list"],
    ["users", "show", email],
    ["users", "sessions", email],
    ["users", "duplicates"],
    ["users", "invitations"],
    ["users", "export", "users.csv"],
    ["mail", "list"],
    ["keys", "list"],
    ["audit", "list"],
    ["audit", "verify"],
    ["audit", "head"],
    ["users", "create", "--email", "new@example.com"],
    ["users", "disable", email],
    ["users", "import", "new.csv"],
    ["keys", "rotate"],
  ])("is not changed by `%s %s`, which says what to do, and its server stays up", async (...words) => {
    writeFileSync(join(operator.folder, "new.csv"), "email,hash\nnew@example.com,x\n");
    const before = tablesOf(path);
    const server = openAsItsServer();
    const { exitCode, stdout, stderr } = await operator.run([...words, "--json"], { stdin: PASSWORD });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "DATABASE_OLDER",
        message: expect.stringMatching(/older version of Latchkey.*`latchkey migrate`/),
      },
    });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(server.state()).toBe("up");
    await expect(server.write(() => {})).resolves.toBeUndefined();
    server.close();
    expect(tablesOf(path)).toEqual(before);
  });

  it("is examined and backed up beside its server, which stays up", async () => {
    const before = tablesOf(path);
    const server = openAsItsServer();
    const { findings } = JSON.parse((await operator.run(["doctor", "--json"])).stdout);
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: "migrations",
        state: "warning",
        advice: expect.stringContaining("`latchkey migrate`"),
      }),
    );
    await operator.json(["backup", "backup.db"]);
    const { backup } = await operator.json(["backup", "verify", "backup.db"]);
    expect(backup.pendingMigrations).toBeGreaterThan(0);
    const users = join(operator.folder, "new.csv");
    writeFileSync(users, "email,hash\nnew@example.com,x\n");
    expect((await operator.run(["users", "import", users, "--dry-run"])).exitCode).toBe(3);
    expect(server.state()).toBe("up");
    server.close();
    expect(tablesOf(path)).toEqual(before);
  });

  it("is not migrated while a server has it open", async () => {
    const before = tablesOf(path);
    const server = openAsItsServer();
    const { exitCode, stderr } = await operator.run(["migrate", "--json"]);
    expect(JSON.parse(stderr).error.code).toBe("DATABASE_IN_USE");
    expect(exitCode).toBe(1);
    expect(server.state()).toBe("up");
    server.close();
    expect(tablesOf(path)).toEqual(before);
  });

  it("is migrated by `latchkey migrate`, which is recorded, and then read", async () => {
    const { migrated } = await operator.json(["migrate"]);
    expect(migrated.applied).toBeGreaterThan(0);
    expect(await operator.json(["migrate"])).toEqual({ migrated: { applied: 0 } });
    const { users } = await operator.json(["users", "list"]);
    expect(users).toHaveLength(release.rows.users ?? 0);
    const { entries } = await operator.json(["audit", "list", "--action", "database.migrate"]);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ actor: "operator", outcome: "ok" });
    expect(await operator.json(["audit", "verify"])).toMatchObject({ whole: true });
  });
});

it("says that there is nothing to migrate where there is no database, and creates none", async () => {
  const { exitCode, stderr } = await operator.run(["migrate", "--json"]);
  expect(JSON.parse(stderr).error.code).toBe("NO_DATABASE");
  expect(exitCode).toBe(1);
  expect((await operator.json(["doctor"])).findings).toContainEqual(
    expect.objectContaining({ check: "database", message: expect.stringContaining("no database file yet") }),
  );
});

function isCurrent({ migrations }: Release): boolean {
  return journalOf(MIGRATIONS).entries.every(({ tag }) => tag in migrations);
}

/** A folder with the migrations of a release only. */
function migrationsOf({ migrations }: Release, parent: string): string {
  const own = join(parent, "migrations");
  cpSync(MIGRATIONS, own, { recursive: true });
  const journal = journalOf(MIGRATIONS);
  const entries = journal.entries.filter(({ tag }) => tag in migrations);
  writeFileSync(join(own, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  return own;
}

function journalOf(migrations: string): { readonly entries: ReadonlyArray<{ readonly tag: string }> } {
  return JSON.parse(readFileSync(join(migrations, "meta/_journal.json"), "utf8"));
}

/** What must not change: the tables, and which migrations they have. */
function tablesOf(path: string) {
  const database = new Database(path, { readonly: true });
  try {
    return [
      database.prepare("SELECT sql FROM sqlite_schema ORDER BY name").pluck().all(),
      database.prepare("SELECT hash FROM migrations ORDER BY hash").pluck().all(),
      database.prepare("SELECT count(*) FROM audit_entries").pluck().get(),
    ];
  } finally {
    database.close();
  }
}
