// `npm run check`: what must pass before a change is merged, except the tests that only `npm test` has time
// for. Prints one line per step; the first step that fails shows its output.
import "../packages/config/right-node.mjs";

const { createHash } = await import("node:crypto");
const { existsSync, readFileSync } = await import("node:fs");
const { join } = await import("node:path");
const { runQuietly } = await import("../packages/config/child.mjs");
const { prepareInstallation, root } = await import("../packages/config/prepare.mjs");
const { reportSetupError, SetupError } = await import("../packages/config/setup-error.mjs");
const { turbo } = await import("../packages/config/turbo.mjs");

const STEPS = [
  { name: "format and lint", run: () => node(["node_modules/@biomejs/biome/bin/biome", "ci", "."]) },
  { name: "types", run: () => task("types") },
  { name: "generated files are up to date", run: generatesNothingNew },
  {
    name: "boundaries and quick tests",
    run: () => node(["test/run.mjs", "--project", "quick"]),
    tells: lastLine,
  },
];
const steps = process.argv.includes("--without-tests") ? STEPS.slice(0, -1) : STEPS;

try {
  await prepareInstallation();
  for (const { name, run, tells } of steps) {
    const startedMs = performance.now();
    const { exitCode, output } = await run();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (exitCode !== 0) throw new SetupError(`✗ ${name}: ${seconds} s`, output);
    process.stdout.write(`✓ ${name}: ${seconds} s${tells === undefined ? "" : `, ${tells(output)}`}\n`);
  }
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}

/** @param {string[]} args */
function node(args) {
  return runQuietly(process.execPath, args, { cwd: root });
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
