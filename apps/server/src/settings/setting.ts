/** A setting, declared by the feature that uses it. */
export interface Setting<T = unknown> {
  /** The name of the environment variable. */
  readonly name: string;
  /** What it means, with its unit: a sentence for the operator. */
  readonly meaning: string;
  /** The default as an operator would write it; absent if the setting is optional. */
  readonly fallback?: string;
  /** Describes what happens if it is not set and has no default. */
  readonly absent?: string;
  /** Its value is never shown, not even to the operator. */
  readonly secret?: true;
  /** Turns text into the value, or says in half a sentence what it must be. */
  readonly parse: (text: string) => { readonly value: T } | { readonly fault: string };
}

/** Settings by their names in the code. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of declared settings: `undefined` is possible only without a default. */
export type ValuesOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T>
    ? S[K] extends { readonly fallback: string }
      ? T
      : T | undefined
    : never;
};

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number within bounds. */
export function wholeNumber({ min, max }: Range): Setting<number>["parse"] {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return { value };
    return { fault: `must be a whole number from ${min} to ${max}` };
  };
}

/** A number above zero, fractions allowed. */
export function positiveNumber({ max }: { readonly max: number }): Setting<number>["parse"] {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= max) return { value };
    return { fault: `must be a number above 0 and at most ${max}` };
  };
}

const MINUTE_MS = 60_000;

/** Minutes in whole milliseconds, at least one: stores keep times as whole numbers. */
export function wholeMs(minutes: number): number {
  return Math.max(1, Math.round(minutes * MINUTE_MS));
}

/** One of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): Setting<W>["parse"] {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { fault: `must be one of ${words.join(", ")}` } : { value };
  };
}

/** A URL below which paths are appended. */
export const baseUrl: Setting<string>["parse"] = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBase = url !== undefined && /^https?:$/.test(url.protocol) && !/[?#]/.test(text);
  return isBase && url.username === ""
    ? { value: text.replace(/\/+$/, "") }
    : { fault: "must be an http:// or https:// URL without `?` or `#`" };
};

/** Any text, unchanged. */
export const text: Setting<string>["parse"] = (value) => ({ value });

const CREDENTIALS = /:\/\/[^/\s]*@/g;

/** Whether a URL in the text contains a user name or a password. */
export function carriesCredentials(value: string): boolean {
  return value.search(CREDENTIALS) >= 0;
}

/** URLs may carry credentials before the `@` and after the `?`: neither is shown. */
export function withoutCredentials(value: string): string {
  return value.replace(CREDENTIALS, "://***@").replace(/(:\/\/[^?\s]*)\?.*/s, "$1?***");
}
