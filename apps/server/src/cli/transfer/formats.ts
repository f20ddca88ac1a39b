import { closeSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import { CommandError } from "../failure.js";
import { openCsv } from "./csv.js";
import { openJsonLines } from "./json-lines.js";
import { openSqliteUsers } from "./sqlite.js";
import type { UserFile } from "./user-file.js";

/** The file formats for imports and exports of users. */
export const FORMATS = ["sqlite", "csv", "jsonl"] as const;
export type Format = (typeof FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".db": "sqlite",
  ".sqlite": "sqlite",
  ".sqlite3": "sqlite",
};
const SQLITE_HEAD = "SQLite format 3\0";

/** Scans the whole file, so that an unreadable one is refused before anything is imported. */
export function openUserFile(path: string, format: Format): Promise<UserFile> {
  return explaining(path, () => open(path, format));
}

/**
 * Turns errors of the file into a sentence that names it; otherwise they would be taken for errors of the
 * database.
 */
async function explaining<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (error instanceof CommandError || !/^(E[A-Z]+|SQLITE_\w+)$/.test(code)) throw error;
    throw new CommandError("FILE_UNREADABLE", `${path} cannot be read (${code}).`);
  }
}

function open(path: string, format: Format): Promise<UserFile> {
  switch (format) {
    case "csv":
      return openCsv(path);
    case "jsonl":
      return openJsonLines(path);
    case "sqlite":
      return openSqliteUsers(path);
  }
}

/** Guesses from the beginning of the file, or else from its name. */
export function guessFormat(path: string): Format {
  const format = startsWithSqlite(path) ? "sqlite" : formatOfName(path);
  if (format !== undefined) return format;
  throw new CommandError("FORMAT_UNKNOWN", `Pass the format of ${path}: --format ${FORMATS.join("|")}.`, 2);
}

export function formatOfName(path: string): Format | undefined {
  return EXTENSIONS[extname(path).toLowerCase()];
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
