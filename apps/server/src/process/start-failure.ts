import { SettingsError } from "../settings/read.js";

/** `EX_CONFIG` of sysexits.h: a configuration error. */
const EX_CONFIG = 78;

/** Why the server cannot start, in sentences that say what to do. */
export function explainStartFailure(error: unknown): {
  readonly sentences: readonly string[];
  readonly exitCode: number;
} {
  if (error instanceof SettingsError) {
    return {
      sentences: ["latchkey: these settings cannot be used:", ...error.faults.map((fault) => `  ${fault}`)],
      exitCode: EX_CONFIG,
    };
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  const exitCode = code === "DATABASE_PLACE" ? EX_CONFIG : 1;
  if (sentence !== undefined) {
    return { sentences: [`latchkey: ${sentence}${backupSentence(error)}`], exitCode };
  }
  return {
    sentences: [
      "latchkey: could not start.",
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ],
    exitCode: 1,
  };
}

/** Names the backup that was found next to a database that cannot be used. */
function backupSentence(error: unknown): string {
  if (!(error instanceof Error) || !("lastBackup" in error)) return "";
  const backup = error.lastBackup;
  if (typeof backup !== "object" || backup === null || !("file" in backup) || !("at" in backup)) return "";
  return ` The latest backup made with \`latchkey backup\` is ${backup.file}, from ${backup.at}.`;
}

const SENTENCES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^EADDRINUSE$/,
    "the port is already in use. Stop the program that listens there, or set another port: PORT, or " +
      "MANAGEMENT_PORT.",
  ],
  [/^EACCES$/, "permission denied: this user may not listen on that port or write to that folder."],
  [/^EADDRNOTAVAIL$/, "HOST is not an address of this machine."],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    "the database file is damaged or is not a SQLite database. It was left unchanged. Restore it from a " +
      "backup, or set DATABASE_URL to another file.",
  ],
  [
    /^DATABASE_PLACE$/,
    "DATABASE_URL does not point to a usable file: its folder cannot be created, or it is a folder itself.",
  ],
  [
    /^SQLITE_(CANTOPEN|READONLY|PERM|IOERR)|^(EROFS|EISDIR|ENOTDIR|EEXIST|ENOENT)$/,
    "the database file cannot be opened for writing. Check DATABASE_URL and who owns the file.",
  ],
  [/^SQLITE_FULL|^ENOSPC$/, "the disk is full."],
  [
    /^SQLITE_ERROR$/,
    "the database contains another program's tables. Set DATABASE_URL to a file of Latchkey's own.",
  ],
  [/^SQLITE_BUSY/, "another process holds the database's lock and did not release it."],
];
