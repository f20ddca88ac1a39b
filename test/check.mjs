// `npm run check`: what must pass before a change is merged, except the tests that only `npm test` has time
// for. Prints one line per step as it ends; a step that fails shows its output.
import "../packages/config/right-node.mjs";

const { createHash } = await import("node:crypto");
const { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } = await import("node:fs");
const { statfs } = await import("node:fs/promises");
const { join } = await import("node:path");
const { runQuietly } = await import("../packages/config/child.mjs");
const { prepareInstallation, root } = await import("../packages/config/prepare.mjs");
const { reportSetupError, SetupError } = await import("../packages/config/setup-error.mjs");
const { turbo } = await import("../packages/config/turbo.mjs");

/**
 * @typedef {{ exitCode: number, output: string }} Result
 * @typedef {{ name: string, run: () => Promise<Result>, tells?: (output: string) => string | undefined }} Step
 */

/**
 * Those of one row run at the same time: types and most tests keep one core each. What is generated is read by
 * both, and written before.
 * @type {readonly (readonly Step[])[]}
 */
const ROWS = [
  [
    { name: "format and lint", run: () => node(["node_modules/@biomejs/biome/bin/biome", "ci", "."]) },
    { name: "generated files are up to date", run: generatesNothingNew },
  ],
  [
    { name: "types", run: () => task("types") },
    { name: "boundaries and quick tests", run: quickTests, tells: lastLine },
  ],
];
const withoutTests = process.argv.includes("--without-tests");

/** Linux's file system in memory, and how much room must be free there: several times what quick tests use. */
const MEMORY = { path: "/dev/shm", bytes: 2 ** 28 };

try {
  await prepareInstallation();
  for (const row of ROWS) {
    const steps = row.filter(({ run }) => !(withoutTests && run === quickTests));
    const passed = await Promise.all(steps.map(perform));
    if (passed.includes(false)) process.exit(1);
  }
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}

/** Resolves to whether a step passed. @param {Step} step */
async function perform({ name, run, tells }) {
  const startedMs = performance.now();
  const { exitCode, output } = await run();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (exitCode === 0) {
    process.stdout.write(`✓ ${name}: ${seconds} s${tells === undefined ? "" : `, ${tells(output)}`}\n`);
  } else {
    reportSetupError(new SetupError(`✗ ${name}: ${seconds} s`, output));
  }
  return exitCode === 0;
}

/**
 * Their databases are in memory where that is possible: otherwise the tests would wait for the disk half of the time.
 * `npm test` runs them on the disk.
 */
async function quickTests() {
  const args = ["test/run.mjs", "--project", "quick"];
  if (!(await hasMemory())) return node(args);
  const folder = mkdtempSync(join(MEMORY.path, "latchkey-check-"));
  // A test becomes another user for a moment, and must get through.
  chmodSync(folder, 0o711);
  // However this ends.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return node(args, { TMPDIR: folder });
}

async function hasMemory() {
  if (process.platform !== "linux" || !existsSync(MEMORY.path)) return false;
  const { bavail, bsize } = await statfs(MEMORY.path);
  return bavail * bsize >= MEMORY.bytes;
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} [environment] */
function node(args, environment = {}) {
  return runQuietly(process.execPath, args, { cwd: root, env: { ...process.env, ...environment } });
}

/** @param {string} output */
function lastLine(output) {
  return output.trimEnd().split("\n").at(-1);
}

/** @param {string} name */
function task(name) {
  const { command, args, options } = turbo(root, ["run", name, "--output-logs=errors-only"]);
  return runQuietly(command, args, options);
}

/**
 * Compares with the files before the run and not with the commit: an uncommitted change can be complete too.
 */
async function generatesNothingNew() {
  const before = await digests();
  const result = await task("generate");
  if (result.exitCode !== 0) return result;
  const after = await digests();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  if (changed.length === 0) return result;
  const output =
    "npm run generate has just changed these files: review them, and commit them with the change.\n  " +
    `${changed.join("\n  ")}`;
  return { exitCode: 1, output };
}

/** The generated files by content, including those that git does not know yet. */
async function digests() {
  const { output } = await runQuietly(
    "git",
    [
      "ls-files",
      "-z",
      "--cached",
      "--others",
      "--exclude-standard",
      "--",
      "*.generated.*",
      "apps/server/migrations",
    ],
    { cwd: root },
  );
  const files = output.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  return new Map(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(root, file)))
        .digest("hex"),
    ]),
  );
}
