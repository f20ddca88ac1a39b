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
  const database = explainDatabaseFailure(error);
  if (database !== undefined) {
    return { sentences: [`latchkey: ${database.sentence}`], exitCode: database.isSetting ? EX_CONFIG : 1 };
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  if (sentence !== undefined) return { sentences: [`latchkey: ${sentence}`], exitCode: 1 };
  return {
    sentences: [
      "latchkey: could not start.",
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ],
    exitCode: 1,
  };
}

const SENTENCES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^EADDRINUSE$/,
    "the port is already in use. Stop the program that listens there, or set another port: PORT, or " +
      "MANAGEMENT_PORT.",
  ],
  [/^EACCES$/, "permission denied: this user may not listen on that port or write to that folder."],
  [/^EADDRNOTAVAIL$/, "HOST is not an address of this machine."],
];
