/** What npm says, and what is missing then. The first that fits is told. */
const CAUSES = /** @type {ReadonlyArray<readonly [RegExp, string]>} */ ([
  [
    /gyp ERR! find Python|python3?: (command )?not found/,
    "Python 3 is missing, but compiling native parts needs it. Install it (Debian: apt-get install " +
      "python3) and start again.",
  ],
  [
    /not found: make|make: (command )?not found|(g\+\+|gcc|cc|c\+\+|clang\+*): (command )?(not found|No such file)|`which` failed|No Xcode|find any Visual Studio/i,
    "A C++ compiler or make is missing. Install them (Debian: apt-get install build-essential) and start " +
      "again.",
  ],
  [
    /node\.h: No such file|at getNodeDir|not a problem with node-gyp or the package itself/,
    "Node's headers are missing, but compiling native parts needs them. Install Node from " +
      "https://nodejs.org, which includes them, or set npm_config_nodedir to their location.",
  ],
  [/ENOSPC/, "The disk is full. Free some space and start again."],
  [/npm error code (EROFS|EACCES|EPERM)/, "This folder is not writable. Start as the user who owns it."],
  [
    /can only install packages when your package\.json and package-lock\.json|EUSAGE/,
    "package.json and package-lock.json do not match. Run `npm install` once and commit the result.",
  ],
  [
    // npm's own line: a package that looked elsewhere for a binary may have said so as well, and have gone on.
    /npm error (code|network) .*(ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|E40[134]|E5\d\d)/,
    "The package registry does not answer. Check the network and the output of `npm config get registry`.",
  ],
]);

/**
 * One sentence about what kept `npm ci` from succeeding.
 * @param {{ exitCode: number, output: string }} result
 */
export function explainInstallFailure({ exitCode, output }) {
  if (exitCode === 0) {
    return (
      "The packages are installed, but their native parts were not compiled. Does `npm config get " +
      "ignore-scripts` say true?"
    );
  }
  const cause = CAUSES.find(([pattern]) => pattern.test(output))?.[1];
  return cause ?? "npm could not install the packages: see its output above.";
}
