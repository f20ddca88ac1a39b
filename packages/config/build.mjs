import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./child.mjs";
import { suspectFolder } from "./install-failure.mjs";
import { startProgress } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";
import { writeStamp } from "./stamp.mjs";
import { turbo } from "./turbo.mjs";

/** Inside the folder that it describes, so that it is removed together with `dist`. */
const STAMP = "apps/server/dist/.built-from";
/** Examples are not part of the system: they are built only by users who want to see them. */
const EXAMPLES = "apps/example-";

/**
 * Whether all packages were built from the current sources.
 * @param {string} root
 */
export function isBuilt(root) {
  const folders = packageFolders(root).filter((folder) => hasBuild(root, folder));
  if (!folders.every((folder) => existsSync(join(root, folder, "dist")))) return false;
  const stamp = join(root, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digestSources(root)) return true;
  // If nothing can be written, the existing build was made for this place.
  return !isWritable(join(root, "apps/server"));
}

/** Builds the packages that changed. @param {string} root */
export async function build(root) {
  const digest = digestSources(root);
  const progress = startProgress(() => "Building");
  const { command, args, options } = turbo(root, [
    "run",
    "build",
    "--output-logs=errors-only",
    `--filter=!./${EXAMPLES}*`,
  ]);
  const result = await runQuietly(command, args, options);
  const done = result.exitCode === 0;
  progress.end(done ? "Built" : undefined);
  if (!done) {
    throw new SetupError(`The build failed: see its output above.${suspectFolder(root)}`, result.output);
  }
  writeStamp(join(root, STAMP), digest);
}

/**
 * A digest over everything that builds depend on: the top-level files of each package, its `src`, and the
 * lock file.
 * @param {string} root
 */
export function digestSources(root) {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const files = packageFolders(root).flatMap((folder) => [
    ...filesOf(root, folder),
    ...filesOf(root, join(folder, "src"), { recursive: true }),
  ]);
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

/** @param {string} root */
function packageFolders(root) {
  return ["apps", "packages"]
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
    .filter((folder) => !folder.startsWith(EXAMPLES) && existsSync(join(root, folder, "package.json")));
}

/** @param {string} root @param {string} folder */
function hasBuild(root, folder) {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return "build" in scripts;
}

/** @param {string} root @param {string} folder @returns {string[]} */
function filesOf(root, folder, { recursive = false } = {}) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
