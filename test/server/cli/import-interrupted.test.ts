import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FOREIGN_HASHES } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";
import { commandLine } from "./command-line.js";

// Each runs several commands as separate processes.
vi.setConfig({ testTimeout: 120_000 });

const ROWS = 4000;
const HASH = FOREIGN_HASHES[0]?.[1] ?? "";

let operator: Operator;
let path: string;
beforeEach(async () => {
  operator = await newOperator();
  path = join(operator.folder, "users.csv");
  // Every tenth row is refused.
  const rows = Array.from(
    { length: ROWS },
    (_, i) => `${i % 10 === 3 ? "nobody" : `u${i}@example.com`},${HASH},n${i}`,
  );
  await writeFile(path, `email,hash,first_name\n${rows.join("\n")}\n`);
});
afterEach(() => operator.leave());

/**
 * Starts an import and stops it when this many users have been imported; resolves to its exit code, if it got
 * that far.
 */
async function importUntil(
  users: number,
  signal: "SIGKILL" | "SIGINT",
  ...options: readonly string[]
): Promise<number | null> {
  const words = ["users", "import", path, "--resume", ...options];
  const child = spawn(process.execPath, await commandLine(words), {
    env: operator.environment,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  while (child.exitCode === null && count("users") < users) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill(signal);
  const [exitCode] = await ended;
  return exitCode;
}

function count(table: string): number {
  if (!existsSync(operator.databasePath)) return 0;
  const database = new Database(operator.databasePath);
  try {
    return Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  } catch {
    // No tables yet.
    return 0;
  } finally {
    database.close();
  }
}

it("continues after it was killed at any moment: nothing twice, nothing half done, nothing left out", async () => {
  for (const users of [1, 700, 1400]) {
    await importUntil(users, "SIGKILL");
    expect(count("users")).toBeGreaterThanOrEqual(users);
    expect(count("user_info")).toBe(count("users"));
  }
  const report = join(operator.folder, "refused.csv");
  const { import: result } = await operatorJson(["users", "import", path, "--resume", "--report", report]);
  expect(result).toMatchObject({ rows: ROWS, imported: ROWS * 0.9, present: 0, refused: ROWS / 10 });
  expect([count("users"), count("user_info"), count("import_refusals")]).toEqual([
    ROWS * 0.9,
    ROWS * 0.9,
    ROWS / 10,
  ]);
  const again = await operatorJson(["users", "import", path, "--resume"]);
  expect(again.import).toMatchObject({ imported: ROWS * 0.9, present: 0 });
  const anew = await operatorJson(["users", "import", path]);
  expect(anew.import).toMatchObject({ imported: 0, present: ROWS * 0.9, refused: ROWS / 10 });
  expect(count("users")).toBe(ROWS * 0.9);
});

it("asks to be resumed, rather than starting over", async () => {
  expect(await importUntil(1, "SIGINT")).toBe(1);
  const { exitCode, stderr } = await operator.run(["users", "import", path]);
  expect(stderr).toMatch(
    /^latchkey: An import of this file was interrupted after line \d+\. Continue it with --resume\.\n$/,
  );
  expect(exitCode).toBe(1);
});

/** What the audit log has, the oldest entry first. */
async function audited(): Promise<Array<Record<string, unknown>>> {
  const { exitCode, stdout } = await operator.run(["audit", "list", "--json"]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout).entries.toReversed();
}

it("leaves an entry in the audit log when it is killed, and another at its end", async () => {
  await importUntil(1, "SIGKILL", "--admins");
  const start = {
    action: "users.import.start",
    actor: "operator",
    details: [
      { name: "count", value: String(ROWS) },
      { name: "role", value: "admin" },
    ],
  };
  expect(await audited()).toEqual([expect.objectContaining(start)]);
  await operatorJson(["users", "import", path, "--resume"]);
  await operatorJson(["users", "import", path, "--resume"]);
  const actions = (await audited()).map(({ action }) => action);
  expect(actions).toEqual(["users.import.start", "users.import.start", "users.import"]);
});

it("keeps the options that it began with when it is resumed, and refuses others", async () => {
  await writeFile(
    path,
    Array.from({ length: ROWS }, (_, i) =>
      JSON.stringify({ email: `u${i}@example.com`, hash: HASH, role: "admin" }),
    ).join("\n"),
  );
  // The name says CSV.
  await importUntil(1, "SIGKILL", "--admins", "--format", "jsonl");
  const other = await operator.run(["users", "import", path, "--resume", "--format", "csv"]);
  expect([other.exitCode, other.stderr]).toEqual([
    2,
    "latchkey: This import began with --format jsonl --admins: resume it with the same.\n",
  ]);
  const { import: result } = await operator.json(["users", "import", path, "--resume"]);
  expect(result).toMatchObject({ format: "jsonl", admins: true, imported: ROWS, refused: 0 });
  expect(count("users WHERE role = 'admin'")).toBe(ROWS);
});

it("makes no administrators half-way through", async () => {
  await importUntil(1, "SIGKILL");
  const { exitCode, stderr } = await operator.run(["users", "import", path, "--resume", "--admins"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("This import began with --format csv, without --admins: resume it with the same.");
});

/** Rows are refused: the exit code says so. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
async function operatorJson(words: readonly string[]): Promise<any> {
  const { exitCode, stdout, stderr } = await operator.run([...words, "--json"]);
  expect([exitCode, stderr]).toEqual([3, ""]);
  return JSON.parse(stdout);
}
