import { lstatSync, realpathSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRelease, releasedVersions } from "../../releases/release.js";
import { login, registerUser, send } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";
import { canMount, runWithMounts } from "./mounts.js";

let operator: Operator;
let databasePath: string;
let backup: string;
beforeEach(async () => {
  operator = await newOperator();
  databasePath = operator.databasePath;
  backup = join(operator.folder, "backup.db");
});
afterEach(() => operator.leave());

const serve = (path = databasePath) => startServer({ databasePath: path });
/** A database with a user from before the backup, who was signed in then, and one from after it. */
const fill = async () => {
  const server = await serve();
  const before = await registerUser(server);
  const token = await login(server, before);
  await operator.json(["backup", backup]);
  const after = await registerUser(server);
  await server.close();
  return { before, after, token };
};
const statusOf = async (server: TestServer, token: string) =>
  (await send(server, "GET", "/api/users/me", { token })).status;
const folderOf = async (path: string) => (await readdir(dirname(path))).sort();

describe("restore", () => {
  it("puts a backup in the database's place, keeps the replaced one, and ends all sessions", async () => {
    const { before, after, token } = await fill();
    const bytes = await readFile(backup);
    const { restored } = await operator.json(["restore", backup]);
    expect(restored).toEqual({ file: backup, users: 1, sessionsEnded: true, replaced: expect.any(String) });
    expect(restored.replaced).toMatch(/latchkey\.db\.replaced-\d{8}T\d{6}Z$/);
    const server = await serve();
    expect(await statusOf(server, token)).toBe(401);
    expect(await statusOf(server, await login(server, before))).toBe(200);
    await expect(login(server, after)).rejects.toThrow();
    const { entries } = await operator.json(["audit", "list", "--action", "database.restore"]);
    expect(entries[0]).toMatchObject({
      actor: "operator",
      outcome: "ok",
      details: [{ name: "reason", value: "sessions_ended" }],
    });
    expect(await operator.json(["audit", "verify"])).toMatchObject({ whole: true });
    await server.close();
    // The replaced one is complete, and the backup can be used again.
    const replaced = await serve(restored.replaced);
    expect(await statusOf(replaced, await login(replaced, after))).toBe(200);
    await replaced.close();
    expect((await readFile(backup)).equals(bytes)).toBe(true);
    expect(statSync(databasePath).mode & 0o777).toBe(0o600);
    expect((await folderOf(databasePath)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("keeps sessions if that is asked for", async () => {
    const { token } = await fill();
    const { stdout } = await operator.run(["restore", backup, "--keep-sessions"]);
    expect(stdout).toContain("Restored 1 user from ");
    expect(stdout).toContain("Sessions are as they were in the backup.");
    const server = await serve();
    expect(await statusOf(server, token)).toBe(200);
    await server.close();
  });

  it("ends links to set another password too, which may have been used since the backup", async () => {
    const server = await serve();
    const email = await registerUser(server);
    const account = await server.app.features.accounts.find({ email });
    await operator.json(["backup", backup]);
    await server.close();
    await operator.json(["restore", backup]);
    const restored = await serve();
    const now = await restored.app.features.accounts.find({ email });
    // What a link depends on, as every session does.
    expect(now?.sessionEpoch).toBe((account?.sessionEpoch ?? 0) + 1);
    await restored.close();
  });

  it.runIf(canMount)("takes a backup that has the database's inode number on another volume", async () => {
    await fill();
    const { stdout } = await runWithMounts(operator, {
      // The first file of every such volume has the same number.
      script: `
        mkdir one two
        mount -t tmpfs one one
        mount -t tmpfs two two
        cp backup.db one/latchkey.db
        cp backup.db two/backup.db
        test "$(stat -c %i one/latchkey.db)" = "$(stat -c %i two/backup.db)"`,
      words: ["restore", "two/backup.db"],
      databaseUrl: "one/latchkey.db",
    });
    expect(stdout).toContain("Restored 1 user from ");
  });

  it("is refused while a server runs, and changes nothing", async () => {
    await fill();
    const server = await serve();
    const names = await folderOf(databasePath);
    const { exitCode, stderr } = await operator.spawn(["restore", backup]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("has the database open. Stop it")]);
    const email = await registerUser(server);
    expect(await statusOf(server, await login(server, email))).toBe(200);
    expect(await folderOf(databasePath)).toEqual(names);
    await server.close();
  });

  it("takes over nothing from the log of a server that was killed", async () => {
    const { before, after } = await fill();
    const killed = new Database(databasePath);
    killed.exec("UPDATE users SET disabled = 1");
    const log = await readFile(`${databasePath}-wal`);
    killed.close();
    await writeFile(`${databasePath}-wal`, log);
    const { restored } = await operator.json(["restore", backup]);
    const server = await serve();
    expect(await login(server, before)).toBeTypeOf("string");
    await expect(login(server, after)).rejects.toThrow();
    await server.close();
    const kept = new Database(restored.replaced, { readonly: true });
    expect(kept.prepare("SELECT count(*) FROM users WHERE disabled = 1").pluck().get()).toBe(2);
    kept.close();
  });

  it.each([
    ["the next restore", () => operator.json(["restore", backup])],
    ["the next backup", () => operator.json(["backup", join(operator.folder, "another.db")])],
    ["the next start of a server", () => serve().then((server) => server.close())],
  ])("leaves nothing behind for longer than until %s, even if it was killed", async (_, next) => {
    await fill();
    const [old, recent, foreign] = [".restore-abc123", ".dry-run-abc124", ".restore-abc125"];
    const LAST_YEAR = new Date(Date.now() - 365 * 86_400_000);
    for (const name of [old, recent, foreign]) {
      const folder = join(dirname(databasePath), name);
      const file = join(folder, name === foreign ? "notes.txt" : "latchkey.db");
      await mkdir(folder);
      await writeFile(file, "half of a copy");
      if (name !== recent) await utimes(file, LAST_YEAR, LAST_YEAR);
      await utimes(folder, LAST_YEAR, LAST_YEAR);
    }
    await next();
    const left = (await folderOf(databasePath)).filter((name) => name.startsWith("."));
    expect(left).toEqual([recent, foreign]);
  });

  it.each<[string, () => Promise<void>]>([
    ["damaged", () => writeFile(databasePath, "notes ".repeat(3000))],
    ["missing", () => rm(databasePath)],
    ["empty", () => writeFile(databasePath, "")],
    [
      "missing, with its log left",
      async () => {
        const killed = new Database(databasePath);
        killed.exec("UPDATE users SET disabled = 1");
        await rename(`${databasePath}-wal`, `${databasePath}-aside`);
        killed.close();
        await rename(`${databasePath}-aside`, `${databasePath}-wal`);
        await rm(databasePath);
      },
    ],
    [
      "another backup beside a log that is not its own",
      async () => {
        const killed = new Database(databasePath);
        killed.exec("CREATE TABLE note (text TEXT)");
        const log = await readFile(`${databasePath}-wal`);
        killed.close();
        await writeFile(databasePath, await readFile(backup));
        await writeFile(`${databasePath}-wal`, log);
      },
    ],
  ])("works where the database is %s", async (_, lose) => {
    const { before } = await fill();
    await lose();
    await operator.json(["restore", backup]);
    const server = await serve();
    expect(await login(server, before)).toBeTypeOf("string");
    await server.close();
  });

  it("follows a link to the database's file, which stays a link", async () => {
    const { before, after } = await fill();
    const elsewhere = join(operator.folder, "elsewhere");
    await mkdir(elsewhere);
    await rename(databasePath, join(elsewhere, "real.db"));
    await symlink(join(elsewhere, "real.db"), databasePath);
    const { restored } = await operator.json(["restore", backup]);
    expect(dirname(restored.replaced)).toBe(realpathSync(elsewhere));
    expect(lstatSync(databasePath).isSymbolicLink()).toBe(true);
    const server = await serve();
    expect(await login(server, before)).toBeTypeOf("string");
    await expect(login(server, after)).rejects.toThrow();
    await server.close();
  });

  it("refuses the database itself, and leaves nothing behind", async () => {
    await fill();
    const { exitCode, stderr } = await operator.run(["restore", databasePath]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("is the database itself")]);
    const names = await folderOf(databasePath);
    expect(names.filter((name) => name.startsWith(".") || name.includes("replaced"))).toEqual([]);
  });

  it.each(releasedVersions())("brings a backup of version %s up to date", async (version) => {
    const { sql, email, password } = readRelease(version);
    const older = new Database(backup);
    older.exec(sql);
    older.close();
    expect((await operator.run(["backup", "verify", backup])).stdout).toContain("from an older version");
    await operator.json(["restore", backup]);
    const server = await serve();
    expect(await login(server, email, password)).toBeTypeOf("string");
    await server.close();
  });
});
