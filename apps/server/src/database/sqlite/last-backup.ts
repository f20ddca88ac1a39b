import { closeSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import type { LastBackup } from "../copies.js";
import { createFor } from "./owner.js";
import { isFileOrFree } from "./place.js";
import { realPathOf } from "./real-path.js";

/** Next to the database, because a damaged database cannot be asked where its backup is. */
export const noteOf = (databasePath: string) => `${realPathOf(databasePath)}.last-backup.json`;

/** Returns the system's code if the note cannot be written: the backup is complete nevertheless. */
export function noteBackup(databasePath: string, backup: LastBackup): string | undefined {
  const note = noteOf(databasePath);
  const unfinished = `${note}.new`;
  try {
    rmSync(unfinished, { force: true });
    const file = createFor(realPathOf(databasePath), unfinished);
    try {
      writeSync(file, `${JSON.stringify(backup)}\n`);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, note);
    return undefined;
  } catch (error) {
    if (error instanceof Error && "syscall" in error && "code" in error) return String(error.code);
    throw error;
  }
}

/** The last backup that was recorded, if the record can be read. */
export function findBackup(databasePath: string): LastBackup | undefined {
  try {
    if (!isFileOrFree(noteOf(databasePath))) return undefined;
    const note: unknown = JSON.parse(readFileSync(noteOf(databasePath), "utf8"));
    if (typeof note !== "object" || note === null || !("file" in note) || !("at" in note)) return undefined;
    return typeof note.file === "string" && typeof note.at === "string"
      ? { file: note.file, at: note.at }
      : undefined;
  } catch {
    // There is no record, or it cannot be read: then no backup is named.
    return undefined;
  }
}
