import { closeSync, lstatSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./failure.js";

/** Commands never overwrite existing files, nor what a link leads to. */
export function assertNew(path: string): void {
  if (isThere(path)) throw alreadyThere(path);
}

/** Checks, before a long task begins, that a file can be created there. */
export function assertCreatable(path: string): void {
  assertNew(path);
  assertWritable(path);
}

/** The same for a name beside which another one will be found if it is taken. */
export function assertWritable(path: string): void {
  const unfinished = unfinishedOf(path);
  explaining(path, () => {
    closeSync(openSync(unfinished, "wx", 0o600));
    rmSync(unfinished);
  });
}

/** Has a file made under a temporary name, so that it is complete once it has its final name. */
export async function makeFile<T>(path: string, make: (unfinished: string) => Promise<T>): Promise<T> {
  assertNew(path);
  const { made } = await makeNamedFile(() => [path], make);
  return made;
}

/** The same for the first of several names that is free once the file is complete. */
export async function makeNamedFile<T>(
  paths: () => Iterable<string>,
  make: (unfinished: string) => Promise<T>,
): Promise<{ readonly file: string; readonly made: T }> {
  const [first = ""] = paths();
  removeLeft(first);
  const unfinished = unfinishedOf(first);
  try {
    const made = await make(unfinished);
    const file = claimFirst(paths(), first);
    renameSync(unfinished, file);
    return { file, made };
  } finally {
    removeUnfinished(unfinished);
  }
}

/** Creates the file, so that the rename overwrites no other one. */
function claimFirst(paths: Iterable<string>, first: string): string {
  for (const path of paths) {
    try {
      closeSync(openSync(path, "wx", 0o600));
      return path;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
  throw alreadyThere(first);
}

/** Each process has a name of its own: another one may be making the same file. */
function unfinishedOf(path: string): string {
  return `${path}.${process.pid}.unfinished`;
}

/** What SQLite keeps beside a file while it writes to it. */
const SIDE_FILES = ["-journal", "-wal", "-shm"];
/** The name of a file that is not finished: its final name, the process, and which of its files it is. */
const UNFINISHED = /^((.+?)\.(?:(\d+)\.)?unfinished)(?:-journal|-wal|-shm)?$/;
/** No step of making a file takes this long without writing to it. */
const ABANDONED_MS = 6 * 60 * 60_000;

function removeUnfinished(path: string): void {
  for (const suffix of ["", ...SIDE_FILES]) rmSync(path + suffix, { force: true });
}

/** What may not be deleted stays: it is in no one's way. */
function clearUnfinished(path: string): void {
  try {
    removeUnfinished(path);
  } catch {
    // Another user's, in a folder in which everyone may create files.
  }
}

/** Removes what earlier attempts left that were killed. */
function removeLeft(path: string): void {
  for (const { unfinished, final, pid } of unfinishedIn(dirname(path))) {
    const isLeft = pid === undefined || !isRunning(pid);
    if (final === basename(path) && isLeft) clearUnfinished(unfinished);
  }
}

/**
 * Removes what was left long ago under other names. Another machine may be making files in the same folder, so
 * the number of a process does not tell whether it still runs.
 */
export function removeAbandoned(folder: string, isOwn: (final: string) => boolean): void {
  for (const { unfinished, final } of unfinishedIn(folder)) {
    if (isOwn(final) && Date.now() - changedAtMs(unfinished) > ABANDONED_MS) clearUnfinished(unfinished);
  }
}

/** A folder in which files may be created but that may not be listed has nothing to clear up. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["EACCES", "EPERM"].includes(codeOf(error))) return [];
    throw error;
  }
}

function unfinishedIn(folder: string) {
  return namesIn(folder).flatMap((name) => {
    const [, unfinished, final, pid] = UNFINISHED.exec(name) ?? [];
    if (unfinished === undefined || final === undefined) return [];
    return [
      { unfinished: join(folder, unfinished), final, pid: pid === undefined ? undefined : Number(pid) },
    ];
  });
}

/** When anything was last written to a file that is not finished. */
function changedAtMs(unfinished: string): number {
  const files = ["", ...SIDE_FILES].map((suffix) => statSync(unfinished + suffix, { throwIfNoEntry: false }));
  return Math.max(...files.map((stats) => stats?.mtimeMs ?? 0));
}

function isRunning(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    return codeOf(error) === "EPERM";
  }
}

function isThere(path: string): boolean {
  return explaining(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
}

const alreadyThere = (path: string) =>
  new CommandError("FILE_EXISTS", `${path} already exists: choose another file.`);

/** Errors of this file would otherwise be taken for errors of the database. */
function explaining<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new CommandError(
      "FILE_UNWRITABLE",
      `${path} cannot be written (${codeOf(error)}): check its folder.`,
    );
  }
}

/** The code of an error of the operating system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
