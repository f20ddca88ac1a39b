import { readEnvironment } from "./environment.js";
import type { Setting, Settings, ValuesOf } from "./setting.js";

/** All settings that cannot be used, at once, in sentences for the operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/** Settings, grouped by the feature that declares them. */
export type SettingGroups = Readonly<Record<string, Settings>>;

/** The values of all declared settings. */
export type ValuesOfGroups<G extends SettingGroups> = { readonly [K in keyof G]: ValuesOf<G[K]> };

/** Finds settings that are valid individually but do not work together, or not in this environment. */
export type Judge<G extends SettingGroups> = (
  values: ValuesOfGroups<G>,
  environment: Readonly<Record<string, string>>,
) => readonly string[];

/** What a server or a command knows after it has read its settings. */
export interface LoadedSettings<G extends SettingGroups> {
  readonly settings: ValuesOfGroups<G>;
  /** The settings as they were written; those left to their defaults are absent. */
  readonly environment: Readonly<Record<string, string>>;
  /** Probable mistakes that do not prevent a start, in sentences for the operator. */
  readonly warnings: readonly string[];
}

/** Reads the environment and `.env`, and reports all errors in both at once. */
export function loadSettings<G extends SettingGroups>(
  declared: G,
  variables: NodeJS.ProcessEnv,
  judge: Judge<G>,
): LoadedSettings<G> {
  const all = Object.values(declared).flatMap((group) => Object.values(group));
  const { values, faults, warnings } = readEnvironment(all, variables);
  try {
    const settings = readSettings(declared, values, judge);
    if (faults.length > 0) throw new SettingsError([]);
    return { settings, environment: values, warnings };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError([...faults, ...error.faults]);
  }
}

/**
 * Reads every declared setting. A fault never quotes the invalid value, because it may be a secret. `judge`
 * finds settings that are valid individually but do not work together.
 */
export function readSettings<G extends SettingGroups>(
  declared: G,
  environment: Readonly<Record<string, string>>,
  judge: Judge<G> = () => [],
): ValuesOfGroups<G> {
  const faults: string[] = [];
  const read = ({ name, fallback, parse }: Setting) => {
    const text = environment[name] ?? fallback;
    if (text === undefined) return undefined;
    const result = parse(text);
    if ("value" in result) return result.value;
    faults.push(`${name} ${result.fault}.`);
    return undefined;
  };
  // Safe if there are no faults: the same keys as the declaration, each value parsed by its own setting.
  const values = mapValues(declared, (group) => mapValues(group, read)) as ValuesOfGroups<G>;
  if (faults.length === 0) faults.push(...judge(values, environment));
  if (faults.length > 0) throw new SettingsError(faults);
  return values;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
