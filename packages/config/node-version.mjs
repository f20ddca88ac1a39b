// Imported first, and written so that also an old Node can read it: later files cannot promise that.
import { readFileSync } from "node:fs";

/**
 * What to say to a Node that is too old; `undefined` for one that will do.
 * @param {string} version as `process.versions.node`
 * @param {string} engines as in package.json: `>=20.19`
 */
export function versionFault(version, engines) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [, wanted = "0", wantedMinor = "0"] = /(\d+)\.(\d+)/.exec(engines) || [];
  if (major > Number(wanted) || (major === Number(wanted) && minor >= Number(wantedMinor))) return undefined;
  return (
    `Latchkey needs Node ${wanted}.${wantedMinor} or newer, but this is Node ${version}. Install a newer ` +
    "one: https://nodejs.org."
  );
}

const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const fault = versionFault(process.versions.node, engines.node);
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}
