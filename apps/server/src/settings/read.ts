import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
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

/** The environment as features read it: variables take precedence over the file. */
export function readEnvironment(
  environment: NodeJS.ProcessEnv,
  file = ".env",
): Readonly<Record<string, string>> {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const set = Object.entries({ ...onlyBlanks(environment), ...fromFile, ...withoutBlanks(environment) });
  return Object.fromEntries(set.flatMap(([name, value]) => (value ? [[name, value.trim() || value]] : [])));
}

/**
 * What an operator has set a setting to; `undefined` if nothing. A value of blanks is nothing, except for a
 * secret: there it is a mistake, which must not pass for no secret.
 */
export function givenText(
  { name, secret }: Pick<Setting, "name" | "secret">,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  const text = environment[name];
  return secret || text?.trim() ? text : undefined;
}

/** Settings, grouped by the feature that declares them. */
export type SettingGroups = Readonly<Record<string, Settings>>;

/** The values of all declared settings. */
export type ValuesOfGroups<G extends SettingGroups> = { readonly [K in keyof G]: ValuesOf<G[K]> };

/**
 * Reads every declared setting. A fault never quotes the invalid value, because it may be a secret. `judge`
 * finds settings that are valid individually but do not work together.
 */
export function readSettings<G extends SettingGroups>(
  declared: G,
  environment: Readonly<Record<string, string>>,
  judge: (values: ValuesOfGroups<G>) => readonly string[] = () => [],
): ValuesOfGroups<G> {
  const faults: string[] = [];
  const read = (setting: Setting) => {
    const { name, fallback, parse } = setting;
    const text = givenText(setting, environment) ?? fallback;
    if (text === undefined) return undefined;
    const result = parse(text);
    if ("value" in result) return result.value;
    faults.push(`${name} ${result.fault}.`);
    return undefined;
  };
  // Safe if there are no faults: the same keys as the declaration, each value parsed by its own setting.
  const values = mapValues(declared, (group) => mapValues(group, read)) as ValuesOfGroups<G>;
  if (faults.length === 0) faults.push(...judge(values));
  if (faults.length > 0) throw new SettingsError(faults);
  return values;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** A variable with an empty value counts as not set, so that the file's value applies. */
function withoutBlanks(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
}

function onlyBlanks(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => !value?.trim()));
}
