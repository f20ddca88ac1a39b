/** What npm says, and what is missing then. The first that fits is told. */
const CAUSES = /** @type {ReadonlyArray<readonly [RegExp, string]>} */ ([
  [
    /gyp ERR! find Python|python3?: (command )?not found/,
    "Python 3 is missing, which compiling native parts needs: install it (Debian: apt-get install python3) and start again.",
  ],
  [
    /not found: make|make: (command )?not found|(g\+\+|gcc|cc|c\+\+|clang\+*): (command )?(not found|No such file)|`which` failed|No Xcode|find any Visual Studio/i,
    "A C++ compiler or make is missing: install them (Debian: apt-get install build-essential) and start again.",
  ],
  [
    /node\.h: No such file|at getNodeDir|not a problem with node-gyp or the package itself/,
    "Node's headers are missing, which compiling native parts needs: install Node from https://nodejs.org, which brings them, or set npm_config_nodedir to where they are.",
  ],
  [/ENOSPC/, "The disk is full: make room and start again."],
  [
    /npm error code (EROFS|EACCES|EPERM)/,
    "This folder cannot be written to: start as the user that owns it.",
  ],
  [
    /can only install packages when your package\.json and package-lock\.json|EUSAGE/,
    "package.json and package-lock.json do not fit each other: run `npm install` once and commit the result.",
  ],
  [
    // npm's own line: a package that looked elsewhere for a binary may have said so as well, and have gone on.
    /npm error (code|network) .*(ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|E40[134]|E5\d\d)/,
    "The package registry does not answer: check the network and what `npm config get registry` says.",
  ],
]);

/**
 * One sentence about what kept `npm ci` from succeeding.
 * @param {{ exitCode: number, output: string }} result
 */
export function explainInstallFailure({ exitCode, output }) {
  if (exitCode === 0) {
    return "The packages are installed, but their native parts were not compiled: does `npm config get ignore-scripts` say true?";
  }
  const cause = CAUSES.find(([pattern]) => pattern.test(output))?.[1];
  return cause ?? "npm could not install the packages: its own words are above.";
}
