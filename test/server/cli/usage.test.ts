import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newOperator, type Operator } from "./command.js";

let operator: Operator;
beforeAll(async () => {
  operator = await newOperator();
});
afterAll(() => operator.leave());

describe("help", () => {
  it.each([
    [[]],
    [["users"]],
    [["users", "create"]],
    [["users", "list"]],
    [["users", "disable"]],
    [["keys"]],
    [["keys", "rotate"]],
    [["config", "check"]],
  ])("of %j consists of whole sentences and names --json", async (words) => {
    const { exitCode, stdout, stderr } = await operator.run([...words, "--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("--json");
    // Each entry begins after two spaces, and ends where the next begins.
    const entries = stdout.split(/\n(?= {2}\S|\n)/).filter((entry) => /^ {2}\S/.test(entry));
    expect(entries.length).toBeGreaterThan(1);
    for (const entry of entries)
      expect(entry.trimEnd().replace(/\s+\((?:default|choices):\s.*\)$/s, "")).toMatch(/ {2}[A-Z].*\.$/s);
  });

  it("is shown with 2 if a command is missing", async () => {
    const { exitCode, stdout, stderr } = await operator.run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: latchkey /);
    const json = await operator.run(["users", "--json"]);
    expect(json).toMatchObject({ exitCode: 2, stdout: "" });
    expect(JSON.parse(json.stderr)).toEqual({ error: { code: "USAGE", message: "Pass a command." } });
  });
});

it("prints the package's version", async () => {
  const manifest = new URL("../../../apps/server/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  expect(await operator.run(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
});

it.each([
  [["user"], "Unknown command 'user' (Did you mean users?)."],
  [["users", "show"], "Missing required argument 'user'."],
  [["users", "show", "a", "b"], "Too many arguments for 'show'. Expected 1 argument but got 2."],
  [["users", "create"], "Required option '--email <address>' not specified."],
  [["users", "list", "--all"], "Unknown option '--all'."],
  [
    ["users", "list", "--limit", "0"],
    "Option '--limit <number>' argument '0' is invalid. It must be a whole number from 1 to 1000.",
  ],
])("answers %j with one sentence and 2", async (words, sentence) => {
  const plain = await operator.run(words);
  expect(plain).toEqual({ exitCode: 2, stdout: "", stderr: `latchkey: ${sentence}\n` });
  const json = await operator.run(["--json", ...words]);
  expect(json).toMatchObject({ exitCode: 2, stdout: "" });
  expect(JSON.parse(json.stderr)).toEqual({ error: { code: "USAGE", message: sentence } });
});

describe("a database that cannot be opened", () => {
  it.each([
    ["a folder", () => operator.folder, /^DATABASE_URL does not point to a usable file: /],
    [
      "under a file",
      () => join(file("plain", "x"), "latchkey.db"),
      /^DATABASE_URL does not point to a usable file: /,
    ],
    ["no database", () => file("noise", "no database at all ".repeat(300)), /^The database file is damaged /],
  ])("is named in a sentence if it is %s", async (_kind, path, sentence) => {
    const environment = { DATABASE_URL: path() };
    const { exitCode, stdout, stderr } = await operator.run(["users", "list", "--json"], { environment });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: "CANNOT_OPEN", message: expect.stringMatching(sentence) },
    });
  });
});

function file(name: string, content: string): string {
  const path = join(operator.folder, name);
  writeFileSync(path, content);
  return path;
}

it("logs nothing, whatever level is set, and exits even if Redis is away", async () => {
  const environment = { LOG_LEVEL: "trace", REDIS_URL: "redis://127.0.0.1:1" };
  const { exitCode, stdout, stderr } = await operator.spawn(["users", "list", "--json"], { environment });
  expect(JSON.parse(stdout)).toEqual({ users: [], next: null });
  expect([exitCode, stderr]).toEqual([0, ""]);
});
