import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Runs vitest, which writes to our own output, and counts.
 * @param {readonly string[]} args
 * @returns {Promise<{ exitCode: number, counts: Counts }>}
 */
export async function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-vitest-"));
  const report = join(folder, "report.json");
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: import.meta.dirname,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  // Without a report, vitest ended, or was ended, before it could say what happened.
  const counts = existsSync(report)
    ? countTests(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 1, skipped: 0 };
  rmSync(folder, { recursive: true, force: true });
  return { exitCode: code ?? 1, counts };
}

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ status: string, assertionResults: ReadonlyArray<{ status: string }> }} FileReport
 * @param {{ testResults: readonly FileReport[] }} report vitest's JSON report
 * @returns {Counts}
 */
export function countTests({ testResults }) {
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (/** @type {string[]} */ ...wanted) =>
    statuses.filter((status) => wanted.includes(status)).length;
  // A file that could not even be loaded, or a hook that failed, has no failed test to show for it.
  const failedFiles = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return {
    passed: count("passed"),
    failed: count("failed") + failedFiles.length,
    skipped: count("pending", "skipped", "todo", "disabled"),
  };
}

/** @param {Counts} counts */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
