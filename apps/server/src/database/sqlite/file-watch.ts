import { closeSync, openSync, type Stats, statSync } from "node:fs";
import { type Identity, readHeader } from "./identity.js";
import { isSameFile } from "./same-file.js";

/** What happened to the files of an open database. */
export type FileFault = "deleted" | "emptied" | "replaced" | "log replaced";

/** Compares the files at the database's path with those that are open. */
export interface FileWatch {
  /** What is wrong at this moment. */
  fault(): FileFault | undefined;
  /** Whether the open file itself holds something else by now, so that its log must not be moved into it. */
  isOverwritten(): boolean;
  /** After the connections are closed: closing a file releases all locks that this process has on it. */
  close(): void;
}

interface Watched {
  readonly path: string;
  /** The same path after following links. */
  readonly realPath: string;
  readonly identity: Identity;
  /**
   * Moves an identity that was just given from the log into the file, so that a file without can be told
   * apart.
   */
  settle(): void;
}

const SIDE_FILES = ["-wal", "-shm"] as const;

/**
 * Watches the files of a database while they are open. A path is followed as SQLite follows it, so that a
 * link that leads elsewhere counts as a replaced file. A file that comes back is no fault any more; one that
 * was overwritten in its place stays one, because the open connections know parts of what it was.
 */
export function watchFile({ path, realPath, identity, settle }: Watched): FileWatch {
  const file = openSync(realPath, "r");
  const opened = statSync(realPath);
  const logs = SIDE_FILES.map((suffix) => ({ path: realPath + suffix, stats: statOf(realPath + suffix) }));
  if (readHeader(file)?.copy !== identity.copy) settle();
  let last = readHeader(file);
  let overwritten: FileFault | undefined;

  /** A file that is copied over this one brings another identity, or none. */
  const isContinued = (header: Identity) => {
    const isOwn = (name: keyof Identity) => header[name] === identity[name] || header[name] === last?.[name];
    return isOwn("instance") && isOwn("copy");
  };

  const overwriting = (stats: Stats): FileFault | undefined => {
    const header = stats.size === 0 ? undefined : headerOr(file, last);
    if (header === undefined) return last === undefined ? undefined : "emptied";
    if (!isContinued(header)) return "replaced";
    last = header;
    return undefined;
  };

  return {
    fault() {
      if (overwritten !== undefined) return overwritten;
      const stats = statOf(path);
      if (stats === undefined) return "deleted";
      if (!isSameFile(stats, opened)) return stats.size === 0 ? "emptied" : "replaced";
      overwritten = overwriting(stats);
      if (overwritten !== undefined) return overwritten;
      return logs.every((log) => isStillThere(log.path, log.stats)) ? undefined : "log replaced";
    },
    isOverwritten: () => overwritten !== undefined,
    close: () => closeSync(file),
  };
}

function isStillThere(path: string, before: Stats | undefined): boolean {
  if (before === undefined) return true;
  const stats = statOf(path);
  return stats !== undefined && isSameFile(stats, before);
}

/** A file that cannot be seen at its path, for any reason, will not be found at the next start either. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** A disk that cannot be read makes the database's own statements fail. */
function headerOr(file: number, last: Identity | undefined): Identity | undefined {
  try {
    return readHeader(file);
  } catch {
    return last;
  }
}
