import { readdirSync, unlinkSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { timeName } from "../database/time-name.js";
import { codeOf } from "./new-file.js";

/** What `--keep` did. */
export interface Cleared {
  readonly deleted: readonly string[];
  /** What should have been deleted and could not be, or the folder if it cannot be listed. */
  readonly undeleted: ReadonlyArray<{ readonly file: string; readonly code: string }>;
  /** Backups whose names carry a time that has not come yet. */
  readonly fromFuture: readonly string[];
}

/**
 * Deletes nothing but backups of this instance that are older than the one that was just made, the oldest
 * first. Newer ones are neither deleted nor counted: they were made by a command that ran at the same time, or
 * while the clock was ahead, and must not push out the ones that can be relied on.
 */
export function deleteOlder(
  made: string,
  { begin, keep, now }: { readonly begin: string; readonly keep: number; readonly now: Date },
): Cleared {
  const folder = dirname(made);
  try {
    const own = backupsIn(folder, begin);
    const place = own.findIndex(({ name }) => name === basename(made));
    const pathsOf = (backups: typeof own) => backups.map(({ name }) => resolve(folder, name));
    const fromFuture = pathsOf(own.slice(place + 1).filter(({ time }) => time > timeName(now)));
    return { ...deleteAll(pathsOf(own.slice(0, Math.max(0, place + 1 - keep)))), fromFuture };
  } catch (error) {
    return { deleted: [], undeleted: [{ file: folder, code: codeOf(error) }], fromFuture: [] };
  }
}

/** The backups of this instance, the oldest first. */
function backupsIn(folder: string, begin: string) {
  const own = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const made = timeOf(entry.name, begin);
    return made === undefined || !entry.isFile() ? [] : [{ name: entry.name, ...made }];
  });
  return own.sort((a, b) => a.time.localeCompare(b.time) || a.number - b.number);
}

function deleteAll(files: readonly string[]): Pick<Cleared, "deleted" | "undeleted"> {
  const deleted: string[] = [];
  const undeleted: Array<Cleared["undeleted"][number]> = [];
  for (const file of files) {
    try {
      unlinkSync(file);
      deleted.push(file);
    } catch (error) {
      // Another process that makes backups in the same folder may have deleted it.
      if (codeOf(error) !== "ENOENT") undeleted.push({ file, code: codeOf(error) });
    }
  }
  return { deleted, undeleted };
}

/** When a backup of this instance was made, and which one it is of that second. */
export function timeOf(name: string, begin: string) {
  const [, time, number = "1"] = (name.startsWith(begin) && TIME.exec(name.slice(begin.length))) || [];
  return time === undefined ? undefined : { time, number: Number(number) };
}

/** Of several within one second all but the first are numbered. */
const TIME = /^(\d{8}T\d{6}Z)(?:-(\d+))?\.db$/;
