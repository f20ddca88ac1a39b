/** Patterns in npm's output, and the explanation for each. The first match is used. */
const CAUSES = /** @type {ReadonlyArray<readonly [RegExp, string]>} */ ([
  [/ENOSPC/, "The disk is full. Free some space and start again."],
  [/npm error code (EROFS|EACCES|EPERM)/, "This folder is not writable. Start as the user who owns it."],
  [
    /can only install packages when your package\.json and package-lock\.json|EUSAGE/,
    "package.json and package-lock.json do not match. Run `npm install` once and commit the result.",
  ],
  [
    /npm error (code|network) .*(ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|E40[134]|E5\d\d)/,
    "The package registry does not answer. Check the network and the output of `npm config get registry`.",
  ],
]);

/** What npm, its scripts and compilers handle in the path of a folder. */
const PLAIN_PATH = /^[\p{L}\p{N}/._~ +@-]*$/u;

/**
 * Names a folder whose path contains characters that few programs are tested with; otherwise empty.
 * @param {string} folder
 */
export function suspectFolder(folder) {
  if (PLAIN_PATH.test(folder)) return "";
  return (
    ` The cause may be the name of the folder, ${JSON.stringify(folder)}: move it to a path of letters, digits, ` +
    "hyphens and dots, and start again."
  );
}

/**
 * Explains why `npm ci` failed in a folder.
 * @param {{ exitCode: number, output: string }} result
 * @param {string} [folder]
 */
export function explainInstallFailure({ exitCode, output }, folder = "") {
  if (exitCode === 0) {
    const { platform, arch, version } = process;
    return (
      `The packages are installed, but better-sqlite3 has no binary that runs here (${platform}-${arch}, Node ` +
      `${version}). There are binaries for Linux and macOS on x64 and arm64.${suspectFolder(folder)}`
    );
  }
  const cause = CAUSES.find(([pattern]) => pattern.test(output))?.[1];
  return cause ?? `npm could not install the packages: see its output above.${suspectFolder(folder)}`;
}
