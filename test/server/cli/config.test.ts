import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newOperator, type Operator } from "./command.js";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
});
afterEach(() => operator.leave());

const check = ["config", "check"];
const FAULTY = { PORT: "http", JWT_SECRET: "too-short", ACCESS_TOKEN_MINUTES: "-1" };
const FAULTS = [
  "PORT must be a whole number from 0 to 65535.",
  "JWT_SECRET must have at least 32 bytes, not counting blanks.",
  "ACCESS_TOKEN_MINUTES must be a number above 0 and at most 525600.",
];

it("says that valid settings are valid, and opens nothing", async () => {
  const finished = await operator.run(check);
  expect(finished).toEqual({ exitCode: 0, stdout: "The settings are valid.\n", stderr: "" });
  await expect(access(operator.databasePath)).rejects.toThrow();
});

it("lists all errors in the settings and exits 78", async () => {
  const { exitCode, stdout, stderr } = await operator.run(check, { environment: FAULTY });
  expect(stderr.split("\n").map((line) => line.trim())).toEqual([
    "latchkey: these settings cannot be used:",
    ...FAULTS,
    "",
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
  expect(stderr).not.toContain("too-short");
});

it("lists all errors as JSON", async () => {
  const { exitCode, stderr } = await operator.run([...check, "--json"], { environment: FAULTY });
  expect(exitCode).toBe(78);
  expect(JSON.parse(stderr)).toEqual({
    error: { code: "SETTINGS_UNUSABLE", message: "These settings cannot be used.", faults: FAULTS },
  });
});

it("reads the .env file of its folder, as the server does", async () => {
  await writeFile(join(operator.folder, ".env"), "PORT=nine\n");
  expect((await operator.run(check)).exitCode).toBe(78);
  expect((await operator.run(check, { environment: { PORT: "9000" } })).exitCode).toBe(0);
});

it("shows the values of settings, but neither secrets nor the credentials in URLs", async () => {
  const JWT_SECRET = "f3Jq9Zt7LwXb2VnR8kYd5HsC1mGpQe6T";
  const REDIS_URL = "rediss://operator:hunter2@redis.internal:6380/1?password=hunter3";
  const { exitCode, stdout } = await operator.run([...check, "--json"], {
    environment: { JWT_SECRET, REDIS_URL, PORT: "9000" },
  });
  expect(exitCode).toBe(0);
  expect(stdout).not.toMatch(/f3Jq9|operator:|hunter/);
  const { usable, settings } = JSON.parse(stdout);
  expect(usable).toBe(true);
  expect(settings).toContainEqual({ name: "PORT", value: "9000", set: true });
  expect(settings).toContainEqual({ name: "WORKERS", value: "1", set: false });
  expect(settings).toContainEqual({ name: "JWT_SECRET", value: null, set: true });
  expect(settings).toContainEqual({
    name: "REDIS_URL",
    value: "rediss://***@redis.internal:6380/1?***",
    set: true,
  });
  expect(settings).toContainEqual({
    name: "CORS_ORIGINS",
    value: "http://localhost:3000,http://localhost:5173",
    set: false,
  });
});

it("keeps every other command from working with invalid settings", async () => {
  const { exitCode } = await operator.run(["users", "list"], { environment: FAULTY });
  expect(exitCode).toBe(78);
  await expect(access(operator.databasePath)).rejects.toThrow();
});
