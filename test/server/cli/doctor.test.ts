import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import Database from "better-sqlite3";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { block } from "../../docs/markdown.js";
import { freePort } from "../../support/port.js";
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
  readonly of: (check: string) => { readonly state: string; readonly message: string } | undefined;
}

const examine = async (environment = {}): Promise<Found> => {
  const { exitCode, stdout } = await operator.run(["doctor", "--json"], { environment });
  const { findings } = JSON.parse(stdout);
  return { exitCode, of: (check) => findings.find((each: { check: string }) => each.check === check) };
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
