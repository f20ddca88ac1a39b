// Runs a program of this repository, also in a fresh clone: `node packages/config/run.mjs server|cli …arguments`.
// Nothing may be installed yet: these files use Node's own modules only. `npm start` gives its shell's place to this
// process (`exec`), because the shell would keep SIGTERM to itself.
import "./right-node.mjs";

const { prepare, root } = await import("./prepare.mjs");
const { reportSetupError } = await import("./setup-error.mjs");
const { join } = await import("node:path");
const { pathToFileURL } = await import("node:url");

const PROGRAMS = /** @type {Record<string, string>} */ ({ server: "main.js", cli: "cli.js" });

const [, , name = "", ...args] = process.argv;
const file = PROGRAMS[name];
if (file === undefined) throw new Error(`There is no program ${name}`);
try {
  await prepare();
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}
// In this process: signals and exit codes are the program's own. Workers of a cluster start what argv names.
const program = join(root, "apps/server/dist", file);
process.argv.splice(1, process.argv.length, program, ...args);
await import(pathToFileURL(program).href);
