import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { block } from "../../docs/markdown.js";
import { freePort } from "../../support/port.js";
import { type RedisServer, startRedis } from "../../support/redis.js";
import { registerUser } from "../../support/rest.js";
import { frozenClock, startServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
});
afterEach(() => operator.leave());

interface Found {
  readonly exitCode: number | null;
  readonly of: (
    check: string,
  ) => { readonly state: string; readonly message: string; readonly advice?: string } | undefined;
}

const examine = async (environment = {}): Promise<Found> => {
  const { exitCode, stdout } = await operator.run(["doctor", "--json"], { environment });
  const { findings } = JSON.parse(stdout);
  return { exitCode, of: (check) => findings.find((each: { check: string }) => each.check === check) };
};
/** Sends Redis one command. */
const command = async ({ url }: RedisServer, name: string, ...words: readonly string[]) => {
  const redis = new Redis(url);
  await redis.call(name, ...words);
  redis.disconnect();
};
const server = async (startMs = Date.now()) => {
  const { databasePath } = operator;
  const started = await startServer({ databasePath, clock: frozenClock(startMs) });
  await registerUser(started);
  return started;
};

it("finds nothing broken before the first start, and creates no file", async () => {
  const words = block("apps/docs/guide/operate.md", "sh", "-- doctor").trim().split(" -- ")[1] ?? "";
  const { exitCode, stdout } = await operator.run([words]);
  expect(stdout).toMatch(/^[✓!] Node is v/);
  expect(stdout).toContain("✓ There is no database file yet: the first start creates it.");
  expect(exitCode).toBe(0);
  expect(existsSync(operator.databasePath)).toBe(false);
});

it("finds a running server's database intact, and says what is missing", async () => {
  const running = await server();
  const { number, hash } = await running.app.features.audit.head();
  const shell = new Database(operator.databasePath);
  const { exitCode, of } = await examine();
  expect(exitCode).toBe(0);
  for (const check of ["database", "permissions", "migrations", "clock", "keys"])
    expect([check, of(check)?.state]).toEqual([check, "ok"]);
  expect(of("admin")?.state).toBe("warning");
  expect(of("audit")?.message).toContain(`${number}:${hash}`);
  shell.exec("UPDATE users SET role = 'admin'");
  expect((await examine()).of("admin")).toMatchObject({ state: "ok" });
  shell.close();
  await running.close();
});

it("finds a damaged database, and leaves it unchanged", async () => {
  await writeFile(operator.databasePath, "this is no database, however long one looks at it".repeat(20), {
    mode: 0o600,
  });
  const { exitCode, of } = await examine();
  expect([exitCode, of("database")?.state]).toEqual([1, "fault"]);
});

it("finds a file that others can read, tables of a newer version, and a clock that is behind", async () => {
  await (await server(Date.now() + 86_400_000)).close();
  await chmod(operator.databasePath, 0o644);
  const first = await examine();
  expect([first.exitCode, first.of("permissions")?.state, first.of("clock")?.state]).toEqual([
    1,
    "fault",
    "fault",
  ]);
  const shell = new Database(operator.databasePath);
  shell.exec("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 1)");
  shell.close();
  expect((await examine()).of("migrations")?.state).toBe("fault");
});

it("says which settings are invalid", async () => {
  const { exitCode, of } = await examine({ PORT: "http" });
  expect(exitCode).toBe(1);
  expect(of("settings")).toMatchObject({ state: "fault", message: expect.stringMatching(/^PORT must be/) });
});

it("says whether Redis and the mail server answer", async () => {
  const listener = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const mail = { MAIL_FROM: "a@example.com", APP_URL: "https://app.example.com" };
  const here = await examine({
    ...mail,
    REDIS_URL: inject("redisUrl"),
    MAIL_URL: `smtp://127.0.0.1:${port}`,
  });
  expect([here.exitCode, here.of("redis")?.state, here.of("mail")?.state]).toEqual([0, "ok", "ok"]);
  listener.close();
  const away = await freePort();
  const gone = await examine({
    ...mail,
    REDIS_URL: `redis://127.0.0.1:${away}`,
    MAIL_URL: `smtp://127.0.0.1:${away}`,
  });
  expect([gone.exitCode, gone.of("redis")?.state, gone.of("mail")?.state]).toEqual([1, "warning", "fault"]);
});

it("warns if a trusted proxy can be bypassed, and if a proxy in front is not trusted", async () => {
  expect((await examine({ TRUST_PROXY: "1" })).of("proxy")?.state).toBe("warning");
  expect((await examine({ HOST: "127.0.0.1" })).of("proxy")?.state).toBe("warning");
  expect((await examine({ HOST: "127.0.0.1", TRUST_PROXY: "1" })).of("proxy")?.state).toBe("ok");
});

it("says that a Redis user lacks a right that the blacklist needs", async () => {
  const url = new URL(inject("redisUrl"));
  const redis = new Redis(url.href);
  await redis.call("ACL", "SETUSER", "limited", "on", ">secret", "~*", "+@all", "-eval");
  Object.assign(url, { username: "limited", password: "secret" });
  const { of } = await examine({ REDIS_URL: url.href });
  await redis.call("ACL", "DELUSER", "limited");
  redis.disconnect();
  expect(of("redis")).toMatchObject({ state: "warning", message: expect.stringContaining("refuses EVAL") });
});

it("accepts a Redis user with only the rights that the blacklist needs", async () => {
  const url = new URL(inject("redisUrl"));
  const redis = new Redis(url.href);
  const rights = ["~latchkey:*", "-@all", "+mget", "+set", "+eval"];
  await redis.call("ACL", "SETUSER", "frugal", "on", ">secret", ...rights);
  Object.assign(url, { username: "frugal", password: "secret" });
  const { of } = await examine({ REDIS_URL: url.href });
  await redis.call("ACL", "DELUSER", "frugal");
  redis.disconnect();
  expect(of("redis")?.state).toBe("ok");
});

it("says that Redis is a replica, which refuses writes", async () => {
  const replica = await startRedis();
  await command(replica, "REPLICAOF", "127.0.0.1", String(await freePort()));
  const { exitCode, of } = await examine({ REDIS_URL: replica.url });
  await replica.stop();
  expect([exitCode, of("redis")?.state]).toEqual([0, "warning"]);
  expect(of("redis")?.message).toContain("is a replica");
});

it("says that Redis refuses the password, rather than that it cannot be reached", async () => {
  const closed = await startRedis();
  await command(closed, "CONFIG", "SET", "requirepass", "right");
  const at = (password: string) => closed.url.replace("redis://", `redis://${password}`);
  for (const password of ["", ":wrong@", "nobody:right@"]) {
    const found = (await examine({ REDIS_URL: at(password) })).of("redis");
    expect([password, found?.message]).toEqual([
      password,
      expect.stringMatching(/refuses the user or the password/),
    ]);
  }
  expect((await examine({ REDIS_URL: at(":right@") })).of("redis")?.state).toBe("ok");
  await closed.stop();
});

describe("the last backup", () => {
  const note = () => `${operator.databasePath}.last-backup.json`;
  const found = async () => (await examine()).of("backup");

  it("is named if it is missing, vanished or old", async () => {
    await (await server()).close();
    expect(await found()).toMatchObject({
      state: "warning",
      message: expect.stringContaining("never been run"),
    });
    const { backup } = await operator.json(["backup", join(operator.folder, "copy.db")]);
    expect(await found()).toMatchObject({ state: "ok", message: expect.stringContaining(backup.file) });
    const at = new Date(Date.now() - 8 * 86_400_000).toISOString();
    await writeFile(note(), JSON.stringify({ file: backup.file, at }));
    expect(await found()).toMatchObject({ state: "warning", message: expect.stringContaining("8 days old") });
    await rm(backup.file);
    expect(await found()).toMatchObject({
      state: "warning",
      message: expect.stringContaining("no longer there"),
    });
  });

  it.each([
    ["tomorrow", new Date(Date.now() + 86_400_000).toISOString(), "in the future"],
    ["a century later", "2126-01-01T00:00:00.000Z", "in the future"],
    ["no time", "last night", "has no readable time"],
    ["an empty text", "", "has no readable time"],
  ])("is not taken for recent if its record says %s", async (_, at, says) => {
    await (await server()).close();
    const { backup } = await operator.json(["backup", join(operator.folder, "copy.db")]);
    await writeFile(note(), JSON.stringify({ file: backup.file, at }));
    expect(await found()).toMatchObject({ state: "warning", message: expect.stringContaining(says) });
  });

  it("shows that a missing database is not a first start", async () => {
    await (await server()).close();
    await operator.json(["backup", join(operator.folder, "copy.db")]);
    await rm(operator.databasePath);
    const { exitCode, of } = await examine();
    expect([exitCode, of("database")?.state]).toEqual([1, "fault"]);
    expect(of("database")?.advice).toContain("latchkey restore");
    expect(existsSync(operator.databasePath)).toBe(false);
  });
});

it("says that new users cannot sign in if they must confirm their address and there is no mail server", async () => {
  const { exitCode, of } = await examine({ EMAIL_VERIFICATION: "required" });
  expect([exitCode, of("mail")?.state]).toEqual([1, "fault"]);
  expect(of("mail")?.message).toContain("EMAIL_VERIFICATION=required");
});

it("counts mails that have failed", async () => {
  const running = await server();
  expect((await examine()).of("mails")?.state).toBe("ok");
  const shell = new Database(operator.databasePath);
  shell.exec(
    "INSERT INTO mails (id, recipient, recipient_key, template, language, state, created_at, due_at, expires_at)" +
      " VALUES ('1', 'a@example.com', 'a@example.com', 'recovery', 'en', 'failed', 1, 1, 1)",
  );
  shell.close();
  expect((await examine()).of("mails")).toMatchObject({
    state: "warning",
    message: "1 mail could not be sent.",
  });
  await running.close();
});

it("warns if other users can read a secret in .env", async () => {
  const path = join(operator.folder, ".env");
  await writeFile(
    path,
    "MAIL_URL=smtp://ada:password@mail.example\nMAIL_FROM=a@example.com\nAPP_URL=http://a\n",
  );
  await chmod(path, 0o640);
  expect((await examine()).of("settings")?.state).toBe("ok");
  await chmod(path, 0o644);
  expect((await examine()).of("settings")).toMatchObject({
    state: "warning",
    message: ".env contains secrets, and every user of this machine can read it: run chmod 600 .env.",
  });
});

it("finds an audit log that was tampered with, and names the entry", async () => {
  await (await server()).close();
  const shell = new Database(operator.databasePath);
  const triggers = shell.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_entries'",
  );
  for (const name of triggers.pluck().all()) shell.exec(`DROP TRIGGER "${String(name)}"`);
  shell.exec("UPDATE audit_entries SET actor = 'operator' WHERE number = 1");
  shell.close();
  const { exitCode, of } = await examine();
  expect([exitCode, of("audit")?.state]).toEqual([1, "fault"]);
  expect(of("audit")?.message).toContain("Entry 1 of the audit log, or one before it, was changed.");
});

it("warns about a clock that is far ahead of everything that the database has seen", async () => {
  await (await server(Date.now() - 400 * 86_400_000)).close();
  const { exitCode, of } = await examine();
  expect([exitCode, of("clock")?.state]).toEqual([0, "warning"]);
  expect(of("clock")?.message).toContain("400 days ahead");
});

it("reports missing permissions as such, not as damage", async () => {
  await (await server()).close();
  await chmod(operator.folder, 0o755);
  await chmod(operator.databasePath, 0o000);
  // The superuser may read every file: become an ordinary user for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const { exitCode, of } = await examine().finally(() => isRoot && process.seteuid?.(0));
  expect([exitCode, of("database")?.state]).toEqual([1, "fault"]);
  expect(of("database")?.message).toContain(`cannot read and write ${operator.databasePath}`);
});
