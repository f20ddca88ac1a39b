import { closeSync, openSync, readSync, statSync } from "node:fs";
import { extname } from "node:path";
import { CommandError } from "../failure.js";
import { openCsv } from "./csv.js";
import { openJsonDocument } from "./json-document.js";
import { openJsonLines } from "./json-lines.js";
import { openSqliteUsers } from "./sqlite.js";
import { openTabSeparated } from "./tab-separated.js";
import type { UserFile } from "./user-file.js";

/** The file formats for exports of users. */
export const EXPORT_FORMATS = ["sqlite", "csv", "jsonl"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** The file formats for imports of users. */
export const IMPORT_FORMATS = [...EXPORT_FORMATS, "json", "tsv"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, ImportFormat>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".json": "json",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".db": "sqlite",
  ".sqlite": "sqlite",
  ".sqlite3": "sqlite",
};
const SQLITE_HEAD = "SQLite format 3\0";

/** A user file is read several times, so it must be a regular file. */
export function assertReadable(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new CommandError("FILE_MISSING", `The file ${path} does not exist.`, 2);
  if (!stats.isFile()) throw new CommandError("FILE_UNREADABLE", `${path} is not a file.`, 2);
  explaining(path, () => closeSync(openSync(path, "r")));
}

/** Scans the whole file, so that an unreadable one is refused before anything is imported. */
export async function openUserFile(
  path: string,
  format: ImportFormat,
  firebaseParameters: string | undefined,
): Promise<UserFile> {
  try {
    return await open(path, format, firebaseParameters);
  } catch (error) {
    throw explained(path, error);
  }
}

function explaining<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw explained(path, error);
  }
}

/** A sentence that names the file: its errors would otherwise be taken for errors of the database. */
function explained(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof CommandError || !/^(E[A-Z]+|SQLITE_\w+)$/.test(code)) return error;
  return new CommandError("FILE_UNREADABLE", `${path} cannot be read (${code}).`);
}

async function open(
  path: string,
  format: ImportFormat,
  firebaseParameters: string | undefined,
): Promise<UserFile> {
  switch (format) {
    case "csv":
      return openCsv(path);
    case "tsv":
      return openTabSeparated(path);
    case "json":
      // MongoDB's tools give this name to lines of JSON.
      return (await openJsonDocument(path, firebaseParameters)) ?? openJsonLines(path);
    case "jsonl":
      return openJsonLines(path);
    case "sqlite":
      return openSqliteUsers(path);
  }
}

/** Guesses from the beginning of the file, or else from its name. */
export function guessFormat(path: string): ImportFormat {
  const format = startsWithSqlite(path) ? "sqlite" : EXTENSIONS[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  throw unknownFormat(path, IMPORT_FORMATS);
}

/** The format that the name of a file to be written asks for. */
export function exportFormat(path: string): ExportFormat {
  const named = EXTENSIONS[extname(path).toLowerCase()];
  const format = EXPORT_FORMATS.find((each) => each === named);
  if (format !== undefined) return format;
  throw unknownFormat(path, EXPORT_FORMATS);
}

function unknownFormat(path: string, formats: readonly string[]): CommandError {
  return new CommandError("FORMAT_UNKNOWN", `Pass the format of ${path}: --format ${formats.join("|")}.`, 2);
}

function startsWithSqlite(path: string): boolean {
  const head = Buffer.alloc(SQLITE_HEAD.length);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.toString("latin1") === SQLITE_HEAD;
}
