import {
  accessSync,
  closeSync,
  constants,
  fchownSync,
  lchownSync,
  mkdirSync,
  openSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";

/*
 * A command that root runs makes files in a folder of the user that the server runs as. That user must be able
 * to use them, so they belong to the owner of the database, or of its folder as long as there is no database.
 */

/** Who owns a file. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Creates a file, which must not exist yet, for a database's owner; returns it opened for writing. */
export function createFor(database: string, file: string): number {
  const owner = ownerOf(database);
  const opened = openSync(file, "wx", 0o600);
  give(owner, ({ uid, gid }) => fchownSync(opened, uid, gid));
  return opened;
}

/** Gives a file or a folder that this process has made to a database's owner. */
export function giveToOwner(database: string, path: string): void {
  // The folder's owner may have put a link there, which is not followed.
  give(ownerOf(database), ({ uid, gid }) => lchownSync(path, uid, gid));
}

/** Creates a database's folder, and those above it, for the owner of the first one that exists. */
export function createFolderOf(database: string): void {
  const folder = dirname(database);
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    giveToOwner(dirname(first), made);
  }
}

/** Whether a folder belongs to the owner of a database. */
export function isFolderOfOwner(database: string, folder: string): boolean {
  return statSync(folder).uid === ownerOf(database)?.uid;
}

/** The first of a database's files that this user cannot read and write, or its folder. */
export function unusableFileOf(database: string): string | undefined {
  const file = ["", "-wal", "-shm"]
    .map((suffix) => database + suffix)
    .find((path) => isRefused(() => closeSync(openSync(path, "r+"))));
  if (file !== undefined) return file;
  const folder = dirname(database);
  const isClosed = isRefused(() => {
    // A file in the folder's place is another fault.
    if (statSync(folder).isDirectory()) accessSync(folder, constants.W_OK | constants.X_OK);
  });
  return isClosed ? folder : undefined;
}

function isRefused(use: () => void): boolean {
  try {
    use();
    return false;
  } catch (error) {
    return isForbidden(error);
  }
}

/** Whether the operating system refuses this to the current user. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^(EACCES|EPERM|EROFS)$/.test(String(error.code));
}

function ownerOf(database: string): Owner | undefined {
  return (
    statSync(database, { throwIfNoEntry: false }) ?? statSync(dirname(database), { throwIfNoEntry: false })
  );
}

/** Only root can give a file away, and not even root on some network file systems: then it keeps the file. */
function give(owner: Owner | undefined, change: (owner: Owner) => void): void {
  if (process.getuid?.() !== 0 || owner === undefined || owner.uid === 0) return;
  try {
    change(owner);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^(EPERM|EINVAL|ENOTSUP)$/.test(code)) throw error;
  }
}
