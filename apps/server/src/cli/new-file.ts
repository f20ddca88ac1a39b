import { closeSync, lstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { CommandError } from "./failure.js";

/** Commands never overwrite existing files, nor what a link leads to. */
export function assertNew(path: string): void {
  if (explaining(path, () => lstatSync(path, { throwIfNoEntry: false })) === undefined) return;
  throw new CommandError("FILE_EXISTS", `${path} already exists: choose another file.`);
}

/** Checks, before a long task begins, that a file can be created there. */
export function assertCreatable(path: string): void {
  assertNew(path);
  const unfinished = unfinishedOf(path);
  explaining(path, () => {
    closeSync(openSync(unfinished, "w", 0o600));
    rmSync(unfinished, { force: true });
  });
}

/** Has a file made under a temporary name, so that it is complete once it has its final name. */
export async function makeFile<T>(path: string, make: (unfinished: string) => Promise<T>): Promise<T> {
  assertNew(path);
  const unfinished = unfinishedOf(path);
  // Left by an earlier attempt that was killed.
  removeUnfinished(path);
  try {
    const made = await make(unfinished);
    // Claims the name first, so that the rename overwrites no other file.
    closeSync(openSync(path, "wx", 0o600));
    renameSync(unfinished, path);
    return made;
  } finally {
    removeUnfinished(path);
  }
}

/** Removes what is left of a file that was not finished, and what SQLite keeps beside it. */
export function removeUnfinished(path: string): void {
  for (const file of unfinishedFilesOf(path)) rmSync(file, { force: true });
}

/** When a file that is not finished was last written to; `undefined` if there is none. */
export function unfinishedSinceMs(path: string): number | undefined {
  const times = unfinishedFilesOf(path).map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times) || undefined;
}

const unfinishedFilesOf = (path: string) =>
  ["", "-journal", "-wal", "-shm"].map((suffix) => unfinishedOf(path) + suffix);

/** The final name of a file that was not finished, or of what SQLite keeps beside it. */
export function finalNameOf(unfinished: string): string | undefined {
  return /^(.+)\.unfinished(-journal|-wal|-shm)?$/.exec(unfinished)?.[1];
}

function unfinishedOf(path: string): string {
  return `${path}.unfinished`;
}

/** Errors of this file would otherwise be taken for errors of the database. */
function explaining<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new CommandError("FILE_UNWRITABLE", `${path} cannot be written${code}: check its folder.`);
  }
}
