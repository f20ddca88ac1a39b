// Written so that an old Node can read it too, because it is meant for one.

/**
 * The message for a Node that is too old; `undefined` if the version is supported.
 * @param {string} version as `process.versions.node`
 * @param {string} engines as in package.json: `>=22.14`
 */
export function versionFault(version, engines) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [, wanted = "0", wantedMinor = "0"] = /(\d+)\.(\d+)/.exec(engines) || [];
  if (major > Number(wanted) || (major === Number(wanted) && minor >= Number(wantedMinor))) return undefined;
  return (
    `Latchkey needs Node ${wanted}.${wantedMinor} or later, but this is Node ${version}. Install a later ` +
    "one: https://nodejs.org."
  );
}
