// Runs a program of node_modules in this process, also in a fresh clone: `node packages/config/exec.mjs tsx
// …arguments`.
import "./right-node.mjs";

const { realpathSync } = await import("node:fs");
const { join } = await import("node:path");
const { pathToFileURL } = await import("node:url");
const { prepareInstallation, root } = await import("./prepare.mjs");
const { reportSetupError } = await import("./setup-error.mjs");

const [, , name = "", ...args] = process.argv;
try {
  await prepareInstallation();
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}
const program = realpathSync(join(root, "node_modules/.bin", name));
process.argv.splice(1, process.argv.length, program, ...args);
await import(pathToFileURL(program).href);
