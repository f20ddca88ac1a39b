// Imported first by every program that people start, so that the rest of it, and everything that it starts,
// runs on a supported Node. If the current one is too old, the pinned one takes over; an old Node must be
// able to read the files that do this.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { versionFault } from "./node-version.mjs";

const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const fault = versionFault(process.versions.node, engines.node);
if (fault === undefined) putFirstOnPath();
else await handOverToPinned(fault);

/** Makes programs that begin with `#!/usr/bin/env node`, and npm's scripts, find the current Node. */
function putFirstOnPath() {
  const { PATH = "" } = process.env;
  const found = PATH.split(delimiter)
    .map((folder) => join(folder, "node"))
    .find((path) => existsSync(path));
  if (found !== undefined && realpathSync(found) === realpathSync(process.execPath)) return;
  process.env.PATH = `${dirname(process.execPath)}${delimiter}${PATH}`;
}

/** @param {string} fault */
async function handOverToPinned(fault) {
  // An even older one cannot read the files that install the pinned one.
  if (Number(process.versions.node.split(".")[0]) < 18) {
    process.stderr.write(`${fault}\n`);
    process.exit(1);
  }
  const { bringNode } = await import("./pinned-node.mjs");
  const { handOver } = await import("./hand-over.mjs");
  const { reportSetupError } = await import("./setup-error.mjs");
  // npm looks for the machine's settings next to the Node that runs it.
  const settings = join(dirname(dirname(process.execPath)), "etc/npmrc");
  if (process.env.npm_config_globalconfig === undefined) process.env.npm_config_globalconfig = settings;
  try {
    const node = await bringNode(fault);
    await handOver(node, [...process.execArgv, ...process.argv.slice(1)]);
  } catch (error) {
    reportSetupError(error);
    process.exit(1);
  }
}
