import { CommanderError } from "commander";
import { DatabaseOlder } from "../database/older.js";
import { AppError, toAnswerable } from "../error.js";
import { explainStartFailure, framesOf, sentenceFor } from "../process/start-failure.js";
import { SettingsError } from "../settings/read.js";

/** An error of the command itself. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;
  readonly exitCode: 1 | 2;

  /** `exitCode` is 2 if the command line was wrong, otherwise 1. */
  constructor(code: string, message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Why a command failed. */
export interface Failure {
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** Every fault of the settings, if they were the cause. */
  readonly faults?: readonly string[];
  /** The output for people. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Explains whatever a command threw; exit code 0 means that nothing is wrong: the user asked for help. */
export function explainFailure(thrown: unknown): Failure {
  const error = toAnswerable(thrown);
  if (error instanceof CommanderError) return misuse(error);
  if (error instanceof CommandError) return failure(error.code, error.message, error.exitCode);
  if (error instanceof SettingsError) {
    const { sentences, exitCode } = explainStartFailure(error);
    const message = "These settings cannot be used.";
    return { code: "SETTINGS_UNUSABLE", message, faults: error.faults, lines: sentences, exitCode };
  }
  if (error instanceof DatabaseOlder) return failure("DATABASE_OLDER", OLDER);
  if (error instanceof AppError) {
    return failure(
      error.definition.code,
      knownSentence(thrown) ?? knownSentence(error.cause) ?? error.definition.message,
    );
  }
  const sentence = knownSentence(error);
  return sentence === undefined ? unexpected(error) : failure("CANNOT_OPEN", sentence);
}

function failure(code: string, message: string, exitCode = 1): Failure {
  return { code, message, lines: [`latchkey: ${message}`], exitCode };
}

/** The sentence for a fault that the operator can fix, such as a full disk. */
function knownSentence(error: unknown): string | undefined {
  const sentence = sentenceFor(error);
  return sentence === undefined ? undefined : capitalised(sentence);
}

/** A bug: messages may quote their input, so only the class, code and place are shown. */
function unexpected(error: unknown): Failure {
  if (!(error instanceof Error)) return failure("INTERNAL", "The command failed unexpectedly.");
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  const told = failure("INTERNAL", `The command failed unexpectedly (${error.name}${code}).`);
  return { ...told, lines: [...told.lines, ...framesOf(error)] };
}

function misuse({ code, message, exitCode }: CommanderError): Failure {
  if (exitCode === 0) return { code, message, lines: [], exitCode };
  // The help has been printed already.
  if (code === "commander.help") return { ...failure("USAGE", "Pass a command.", 2), lines: [] };
  const option = /^error: unknown option '(--[^=']*|-.)/.exec(message)?.[1];
  if (option !== undefined && /^--?p(ass|assword|w)?$/i.test(option)) return failure("USAGE", NO_PASSWORD, 2);
  // The text after an unknown option may be a secret.
  const sentence = message
    .replace(/^error: /, "")
    .replace(/(unknown option ')(--[^=']*|-.)[^\n]*/, "$1$2'")
    .replace(/\n/g, " ");
  return failure("USAGE", `${capitalised(sentence).replace(/\.$/, "")}.`, 2);
}

const OLDER =
  "The database is of an older version of Latchkey, and nothing was changed. Stop the server, make a backup, " +
  "and run `latchkey migrate` or start this version.";

const NO_PASSWORD =
  "A password is never taken as an argument, because other users of this machine could read it. It is " +
  "asked for, or read from standard input.";

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
