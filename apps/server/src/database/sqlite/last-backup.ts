import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { LastBackup } from "../copies.js";
import { isFileOrFree } from "./place.js";

/** Next to the database, because a damaged database cannot be asked where its backup is. */
export const noteOf = (databasePath: string) => `${databasePath}.last-backup.json`;

export function noteBackup(databasePath: string, backup: LastBackup): void {
  const note = noteOf(databasePath);
  rmSync(`${note}.new`, { force: true });
  writeFileSync(`${note}.new`, `${JSON.stringify(backup)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(`${note}.new`, note);
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
