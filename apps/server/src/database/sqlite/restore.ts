import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { PreparedRestore, TellCopied } from "../copies.js";
import { numberedNames, timeName } from "../time-name.js";
import { copySqlite } from "./backup.js";
import { isUnavailable } from "./failure.js";
import { type Identity, identityOf } from "./identity.js";
import { lockOut, PATIENCE_MS } from "./in-use.js";
import { forgetMoves } from "./moves.js";
import { createFolderOf, giveToOwner } from "./owner.js";
import { assertFile } from "./place.js";
import { realPathOf } from "./real-path.js";
import { isSameFile } from "./same-file.js";
import { createWorkFolder } from "./work-folder.js";

/** Copies a backup next to the database: on the same disk, so that one rename puts it in place. */
export async function prepareRestore(
  path: string,
  file: string,
  tell?: TellCopied,
): Promise<PreparedRestore> {
  const place = realPathOf(path);
  assertFile(place);
  if (isFile(place) && isSameFile(statSync(place), statSync(file))) {
    throw Object.assign(new Error("a database cannot replace itself"), { code: "RESTORE_OF_ITSELF" });
  }
  createFolderOf(place);
  const { copy, discard } = createWorkFolder(place, "restore");
  try {
    await copySqlite(file, copy, tell);
    compact(copy, instanceAt(place));
  } catch (error) {
    await discard();
    throw error;
  }
  return { url: copy, putInPlace: () => putInPlace(copy, place), discard };
}

/**
 * Gives free pages back, and makes the copy a file of the instance that it will belong to: where there is no
 * database whose number could be kept it gets a new one, so that a second instance that begins with a backup
 * of the first never deletes the backups of the first.
 */
function compact(copy: string, instance: number): void {
  const connection = new Database(copy, { fileMustExist: true });
  try {
    connection.pragma(`application_id = ${instance}`);
    connection.transaction(forgetMoves)(connection);
    connection.pragma("auto_vacuum = INCREMENTAL");
    connection.exec("VACUUM");
  } finally {
    connection.close();
  }
}

/** The number of the database in this place; 0 if there is none that can be read. */
function instanceAt(place: string): Identity["instance"] {
  if (!isFile(place)) return 0;
  try {
    const connection = new Database(place, { readonly: true, timeout: PATIENCE_MS });
    try {
      return identityOf(connection).instance;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isUnavailable(error)) return 0;
    throw error;
  }
}

function putInPlace(copy: string, place: string): ReturnType<PreparedRestore["putInPlace"]> {
  const lock = isFile(place) ? lockOut(place) : undefined;
  if (lock === "inUse") return "inUse";
  try {
    giveToOwner(place, copy);
    const replaced = keepOld(place);
    renameSync(copy, place);
    syncFolder(dirname(place));
    return { replaced };
  } finally {
    lock?.close();
  }
}

/**
 * Keeps what was there under another name; there is a file in its place at every moment. A log that is left
 * would be taken for the new file's.
 */
function keepOld(place: string): string | undefined {
  const kept = freeName(`${place}.replaced-${timeName(new Date())}`);
  const isThere = isFile(place);
  if (isThere) linkSync(place, kept);
  for (const suffix of LOGS) {
    if (isFile(place + suffix)) renameSync(place + suffix, kept + suffix);
  }
  rmSync(`${place}-shm`, { force: true });
  return isThere ? kept : undefined;
}

const LOGS = ["-wal", "-journal"];

/** A name that neither a file nor its log has: another database may have been replaced in the same second. */
function freeName(begin: string): string {
  for (const name of numberedNames(begin)) {
    if (["", ...LOGS].every((suffix) => !isTaken(name + suffix))) return name;
  }
  throw new Error("There is always another number");
}

const isTaken = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function syncFolder(folder: string): void {
  const opened = openSync(folder, "r");
  fsyncSync(opened);
  closeSync(opened);
}
