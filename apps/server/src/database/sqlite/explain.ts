import { basename } from "node:path";
import type { DatabaseFailure } from "../engine.js";
import type { Loss } from "./own-file.js";
import { BAD_PLACE } from "./place.js";

/** Why a database could not be opened or used, for the operator; `undefined` if it was for another reason. */
export function explainSqliteFailure(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  const sentence = ownerSentence(code, error) ?? SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  if (sentence === undefined) return undefined;
  return {
    sentence: sentence + (code === "DATABASE_LOST" ? beginAgain(error) : "") + backupSentence(error),
    isSetting: code === BAD_PLACE,
  };
}

const SENTENCES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    "the database file is damaged or is not a SQLite database. It was left unchanged. Restore a backup with " +
      "`latchkey restore`, or set DATABASE_URL to another file.",
  ],
  [
    /^DATABASE_PLACE$/,
    "DATABASE_URL does not point to a usable file: its folder cannot be created, or it is a folder, a " +
      "pipe, a socket or a device itself.",
  ],
  [
    /^DATABASE_LOST$/,
    "the database file is missing or empty, but there was a database here. Check DATABASE_URL, or restore a " +
      "backup with `latchkey restore`.",
  ],
  [
    /^DATABASE_NEWER$/,
    "the database was changed by a version of Latchkey that this one does not know. It was left unchanged. " +
      "Install that version, or use `latchkey restore` with a backup made before it.",
  ],
  [
    /^DATABASE_LOG$/,
    "the -wal file beside the database belongs to another file: a backup was put in the database's place. " +
      "Nothing was changed. Remove the -wal and -shm files if you want this file, or use `latchkey restore`.",
  ],
  [/^RESTORE_OF_ITSELF$/, "this file is the database itself: restore a backup of it."],
  [/^DATABASE_REPLACED$/, "the database file was replaced while it was being opened. Try again."],
  [
    /^SQLITE_(CANTOPEN|READONLY|PERM|IOERR)|^(EROFS|EISDIR|ENOTDIR|EEXIST|ENOENT)$/,
    "the database file cannot be opened for writing. Check DATABASE_URL and who owns the file.",
  ],
  [/^SQLITE_FULL|^ENOSPC$/, "the disk is full."],
  [
    /^(DATABASE_FOREIGN|SQLITE_ERROR)$/,
    "the database contains another program's tables. It was left unchanged. Set DATABASE_URL to a file of " +
      "Latchkey's own.",
  ],
  [/^SQLITE_BUSY/, "another process holds the database's lock and did not release it."],
];

/** Names the file that the current user must not use: root has made it, for example. */
function ownerSentence(code: string, error: Error): string | undefined {
  const file = "unusableFile" in error ? error.unusableFile : undefined;
  if (typeof file !== "string" || !FORBIDDEN.test(code)) return undefined;
  return (
    `this user cannot read and write ${file}. Give it to the user that the server runs as, and check ` +
    "that its disk is not mounted read-only."
  );
}

const FORBIDDEN = /^(SQLITE_(CANTOPEN|READONLY|PERM|IOERR)|EACCES$|EPERM$|EROFS$|DATABASE_PLACE$)/;

function beginAgain(error: Error): string {
  const traces = "traces" in error && Array.isArray(error.traces) ? error.traces : [];
  const names = traces.map((trace) => basename(String(trace))).join(" and ");
  return names === "" ? "" : ` To start with an empty one, remove ${names} beside it.`;
}

/** Names the backup that was recorded next to a database that cannot be used. */
function backupSentence(error: Error): string {
  const backup = "lastBackup" in error ? error.lastBackup : undefined;
  if (typeof backup !== "object" || backup === null || !("file" in backup) || !("at" in backup)) return "";
  return ` The latest backup made with \`latchkey backup\` is ${backup.file}, from ${backup.at}.`;
}

/** What an operator should know and do if the file of an open database is lost. */
export function describeLoss(loss: Loss): string {
  return LOSSES[loss];
}

const LOSSES: Readonly<Record<Loss, string>> = {
  deleted:
    "the database file was deleted or moved. Nothing is read or written. Put it back while the server is still " +
    "running; otherwise stop the server and run `latchkey restore`.",
  emptied: "the database file was emptied. Stop the server and run `latchkey restore`.",
  replaced:
    "the database file was replaced by another one. Nothing is read from it or written to it. If it was an " +
    "accident, move the right file back while the server is still running; otherwise stop the server and run " +
    "`latchkey restore`.",
  "log replaced":
    "the database's -wal or -shm file was removed or replaced. Nothing is read or written. Put it back while " +
    "the server is still running; otherwise stop the server and run `latchkey doctor` or `latchkey restore`.",
  newer:
    "a newer version of Latchkey has changed the database's tables. Stop this server and start that version.",
};
