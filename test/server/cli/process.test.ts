import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FOREIGN_HASHES } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator, PASSWORD } from "./command.js";
import { commandLine } from "./command-line.js";
import { finished } from "./finished.js";

// Each runs the bundled command as separate processes.
vi.setConfig({ testTimeout: 120_000 });

let operator: Operator;
beforeAll(async () => {
  operator = await newOperator();
});
afterAll(() => operator.leave());

describe("the bundled command's process", () => {
  it.each([
    [0, "stdout", ["--help"]],
    [0, "stdout", ["users", "list"]],
    [1, "stderr", ["users", "show", "nobody@example.com"]],
    [2, "stderr", ["users", "show"]],
    [3, "stdout", ["users", "import", "users.csv"]],
  ])("exits with %i and writes only to %s after %j", async (code, stream, words) => {
    const rows = ["email,hash", `a@example.com,${FOREIGN_HASHES[0]?.[1]}`, "nobody,nothing"];
    await writeFile(join(operator.folder, "users.csv"), rows.join("\n"));
    const { exitCode, ...streams } = await operator.spawn(words);
    const written = Object.entries(streams).flatMap(([name, text]) => (text === "" ? [] : [name]));
    expect([exitCode, written]).toEqual([code, [stream]]);
  });

  it("exits with 78 if the settings are invalid, and doctor with 1", async () => {
    await writeFile(join(operator.folder, ".env"), "PORT=nine\n");
    const [check, doctor] = [await operator.spawn(["config", "check"]), await operator.spawn(["doctor"])];
    expect([check.exitCode, check.stdout]).toEqual([78, ""]);
    expect(check.stderr).toContain("PORT must be a whole number");
    expect([doctor.exitCode, doctor.stderr]).toEqual([1, ""]);
    expect(doctor.stdout).toContain("✗ PORT must be a whole number");
    await writeFile(join(operator.folder, ".env"), "");
  });

  it("does its work even if its output is not read", async () => {
    const words = await commandLine(["users", "create", "--email", "unread@example.com"]);
    const child = spawn(process.execPath, words, { cwd: operator.folder, env: operator.environment });
    child.stdout.destroy();
    child.stdin.end(PASSWORD);
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await operator.run(["users", "show", "unread@example.com"])).exitCode).toBe(0);
  });

  it("says so and exits with 1 if its output cannot be written", async () => {
    const words = await commandLine(["users", "list"]);
    const shell = ["-c", 'exec "$@" >/dev/full', "sh", process.execPath, ...words];
    const child = spawn("sh", shell, { cwd: operator.folder, env: operator.environment });
    const { exitCode, stderr } = await finished(child);
    expect([exitCode, stderr]).toEqual([
      1,
      "latchkey: The command succeeded, but its output could not be written (ENOSPC).\n",
    ]);
  });

  it("keeps its exit code if even its errors cannot be written", async () => {
    const words = await commandLine(["users", "show", "nobody@example.com"]);
    const shell = ["-c", 'exec "$@" 2>/dev/full', "sh", process.execPath, ...words];
    const child = spawn("sh", shell, { cwd: operator.folder, env: operator.environment });
    expect(await finished(child)).toMatchObject({ exitCode: 1, stdout: "" });
  });

  it("gives an address to one of two concurrent registrations", async () => {
    const create = () =>
      operator.spawn(["users", "create", "--email", "both@example.com"], { stdin: PASSWORD });
    const both = await Promise.all([create(), create()]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    expect(both.map(({ stderr }) => stderr).join("")).toBe("latchkey: This email is already registered.\n");
  });
});
