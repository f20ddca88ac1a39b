import { lstatSync, readFileSync, statSync } from "node:fs";
import { type EnvFile, parseEnvFile } from "./env-file.js";
import { nearName } from "./near-name.js";
import { carriesCredentials, type Setting } from "./setting.js";

/** The settings as they were written. */
export interface Environment {
  /** What is set, by name; a blank value counts as not set. */
  readonly values: Readonly<Record<string, string>>;
  /** Why the file cannot be used, in sentences. */
  readonly faults: readonly string[];
  /** Probable mistakes that do not prevent a start, in sentences. */
  readonly warnings: readonly string[];
}

const MAX_BYTES = 1024 * 1024;
const OTHERS_CAN_READ = 0o004;

/** Reads the environment and the settings file; variables take precedence over the file. */
export function readEnvironment(
  settings: readonly Setting[],
  environment: NodeJS.ProcessEnv,
  path = ".env",
): Environment {
  const names = settings.map(({ name }) => name);
  const file = readEnvFile(path);
  const fromFile = Object.fromEntries(file.entries.map(({ name, value }) => [name, value]));
  const variables = Object.entries(environment).map(([name, value]) => [name, value?.trim()]);
  const isSet = ([, value]: readonly unknown[]) => typeof value === "string" && value.trim() !== "";
  return {
    values: {
      ...Object.fromEntries(Object.entries(fromFile).filter(isSet)),
      ...Object.fromEntries(variables.filter(isSet)),
    },
    faults: [
      ...file.faults,
      ...repeated(file, names),
      ...misspelledInFile(file, names),
      ...blank(settings, { ...fromFile, ...withoutEmpty(environment) }),
    ],
    warnings: [
      ...misspelled(environment, names),
      ...quoted(environment, names),
      ...exposed(settings, { path, fromFile }),
    ],
  };
}

function readEnvFile(path: string): EnvFile {
  const fault = (sentence: string): EnvFile => ({ entries: [], faults: [sentence] });
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return fault(".env is a folder: remove it, or put a file in its place.");
    // Opening a pipe would wait for its writer.
    if (!stats.isFile())
      return fault(".env is a pipe, a socket or a device: remove it, or put a file in its place.");
    if (stats.size > MAX_BYTES) return fault(".env is larger than 1 MiB: it is not a settings file.");
    return parseEnvFile(readFileSync(path));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const isAbsent = code === "ENOENT" && lstatSync(path, { throwIfNoEntry: false }) === undefined;
    if (isAbsent) return { entries: [], faults: [] };
    return fault(`.env cannot be read (${code}).`);
  }
}

/** A secret of blanks is a mistake, and must not count as no secret. */
function blank(settings: readonly Setting[], written: NodeJS.ProcessEnv): string[] {
  const isBlank = ({ name, secret }: Setting) => secret && written[name] && written[name].trim() === "";
  return settings
    .filter(isBlank)
    .map(({ name }) => `${name} contains only blanks: set a secret, or leave it out.`);
}

function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** Of two lines for one setting, programs take different ones. */
function repeated({ entries }: EnvFile, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const lines = entries.filter((entry) => entry.name === name).map(({ line }) => line);
    return lines.length > 1 ? [`${name} is set more than once in .env, in lines ${lines.join(", ")}.`] : [];
  });
}

/** In the file a misspelled name is refused: a setting that was meant to be stricter would be ignored. */
function misspelledInFile({ entries }: EnvFile, names: readonly string[]): string[] {
  return entries.flatMap(({ name, line }) => {
    const near = names.includes(name) ? undefined : nearName(name, names);
    return near === undefined
      ? []
      : [`Line ${line} of .env sets ${name}, which is not a setting: ${near} is. Rename or remove it.`];
  });
}

/** The environment also holds other programs' variables, so a name like one of ours may be right. */
function misspelled(environment: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  return Object.keys(environment).flatMap((name) => {
    const near = names.includes(name) ? undefined : nearName(name, names);
    return near === undefined
      ? []
      : [
          `The environment variable ${name} is not a setting. If it is meant for Latchkey, rename it to ${near}.`,
        ];
  });
}

/** Shells and `.env` remove quotation marks; `docker run --env-file` and some panels do not. */
function quoted(environment: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const isQuoted = (value = "") => /^\s*(["'])[\s\S]*\1\s*$/.test(value);
  return names
    .filter((name) => isQuoted(environment[name]))
    .map(
      (name) => `The environment variable ${name} has quotation marks around its value, which belong to it.`,
    );
}

function exposed(
  settings: readonly Setting[],
  { path, fromFile }: { readonly path: string; readonly fromFile: Readonly<Record<string, string>> },
): string[] {
  const isSecret = ({ name, secret }: Setting) => {
    const value = fromFile[name];
    return value !== undefined && (secret === true || carriesCredentials(value));
  };
  // Windows has no such permissions: Node shows the same for every file.
  if (process.platform === "win32" || !settings.some(isSecret)) return [];
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & OTHERS_CAN_READ) === 0) return [];
  return [".env contains secrets, and every user of this machine can read it: run chmod 600 .env."];
}
