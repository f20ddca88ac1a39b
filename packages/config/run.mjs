// Runs a program of this repository, also in a fresh clone:
// `node packages/config/run.mjs server|cli …arguments`. Nothing may be installed yet, so these files use only
// Node's own modules. `npm start` replaces its shell with this process (`exec`), because the shell would not
// pass SIGTERM on.
import "./right-node.mjs";

const { stopEarly } = await import("./early-stop.mjs");
const [, , name = "", ...args] = process.argv;
if (name === "server") stopEarly();

const { prepare, root } = await import("./prepare.mjs");
const { reportSetupError } = await import("./setup-error.mjs");
const { join } = await import("node:path");
const { pathToFileURL } = await import("node:url");

const PROGRAMS = /** @type {Record<string, string>} */ ({ server: "main.js", cli: "cli.js" });

const file = PROGRAMS[name];
if (file === undefined) throw new Error(`There is no program ${name}`);
try {
  await prepare();
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}
// In this process, so that signals and exit codes are the program's own. Cluster workers start the file that
// argv names.
const program = join(root, "apps/server/dist", file);
process.argv.splice(1, process.argv.length, program, ...args);
await import(pathToFileURL(program).href);
