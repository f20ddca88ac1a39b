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
  const sentence = sentenceFor(error);
  if (sentence !== undefined) {
    const exitCode = SETTING_CODES.includes(codeOf(error)) ? EX_CONFIG : 1;
    return { sentences: [`latchkey: ${sentence}`], exitCode };
  }
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  const what = `latchkey: could not start (${[name, code].filter((part) => part !== "").join(" ")}).`;
  // The operating system's refusals need no place in the code; a bug does. Messages may quote a setting.
  const isRefusal = /^(E[A-Z0-9]+|SQLITE_[A-Z_]+)$/.test(code);
  return { sentences: isRefusal ? [what] : [what, ...framesOf(error)], exitCode: 1 };
}

/** The sentence for a failure that the operator can do something about, such as a full disk. */
export function sentenceFor(error: unknown): string | undefined {
  const code = codeOf(error);
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  return sentence === undefined ? undefined : `${sentence}${backupSentence(error)}`;
}

/** Where an unexpected error comes from, without its message. */
export function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Failures that a restart cannot cure, because a setting has to be changed. */
const SETTING_CODES = ["DATABASE_PLACE", "ENOTFOUND", "ENAMETOOLONG"];

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
  [/^(ENOTFOUND|EAI_AGAIN)$/, "HOST, or MANAGEMENT_HOST, is a name that no address is known for."],
  [/^ENAMETOOLONG$/, "DATABASE_URL is longer than a path may be here."],
  [
    /^(ERR_DLOPEN_FAILED|(ERR_)?MODULE_NOT_FOUND)$/,
    "the installed packages are incomplete, or for another Node or machine. Run `npm ci` and " +
      "`npm run build`.",
  ],
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
