import { explainDatabaseFailure } from "../database/engines.js";
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
  const known = explain(error, [...OF_THE_PORT, ...SENTENCES]);
  if (known !== undefined) {
    return { sentences: [`latchkey: ${known.sentence}`], exitCode: known.isSetting ? EX_CONFIG : 1 };
  }
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  const what = `latchkey: could not start (${[name, code].filter((part) => part !== "").join(" ")}).`;
  // A bug needs its place in the code, a refusal by the operating system does not. Messages may quote a
  // setting.
  const isRefusal = /^(E[A-Z0-9]+|SQLITE_[A-Z_]+)$/.test(code);
  return { sentences: isRefusal ? [what] : [what, ...framesOf(error)], exitCode: 1 };
}

/**
 * The sentence for a failure of a command that the operator can do something about, such as a full disk.
 * Commands do not listen on a port.
 */
export function sentenceFor(error: unknown): string | undefined {
  return explain(error, SENTENCES)?.sentence;
}

/** `isSetting`: a restart does not help, because a setting has to be changed. */
function explain(
  error: unknown,
  sentences: Sentences,
): { readonly sentence: string; readonly isSetting: boolean } | undefined {
  const database = explainDatabaseFailure(error);
  if (database !== undefined) return database;
  const code = codeOf(error);
  const sentence = sentences.find(([pattern]) => pattern.test(code))?.[1];
  return sentence === undefined ? undefined : { sentence, isSetting: code === "ENOTFOUND" };
}

/** Where an unexpected error comes from, without its message. */
export function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

type Sentences = ReadonlyArray<readonly [RegExp, string]>;

const OF_THE_PORT: Sentences = [
  [
    /^EADDRINUSE$/,
    "the port is already in use. Stop the program that listens there, or set another port: PORT, or " +
      "MANAGEMENT_PORT.",
  ],
  [/^EACCES$/, "permission denied: this user cannot listen on that port or write to that folder."],
  [/^EADDRNOTAVAIL$/, "HOST is not an address of this machine."],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "HOST or MANAGEMENT_HOST is a name that has no address."],
];

const SENTENCES: Sentences = [
  [/^EACCES$/, "permission denied: this user may not read or write that file, or a folder above it."],
  [
    /^(ERR_DLOPEN_FAILED|(ERR_)?MODULE_NOT_FOUND)$/,
    "the installed packages are incomplete, or for another Node or machine. Run `npm ci` and " +
      "`npm run build`.",
  ],
];
