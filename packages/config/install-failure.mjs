/** What npm says, and what is missing then. The first that fits is told. */
const CAUSES = /** @type {ReadonlyArray<readonly [RegExp, string]>} */ ([
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
    const { platform, arch, version } = process;
    return `The packages are installed, but better-sqlite3 brings no binary that runs here (${platform}-${arch}, Node ${version}): it has them for Linux and macOS on x64 and arm64.`;
  }
  const cause = CAUSES.find(([pattern]) => pattern.test(output))?.[1];
  return cause ?? "npm could not install the packages: its own words are above.";
}
