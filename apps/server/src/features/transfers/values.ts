const TRUE = new Set(["1", "true", "t", "yes", "y"]);
const FALSE = new Set(["0", "false", "f", "no", "n"]);
/** Numbers from here on are milliseconds: as seconds this would be the year 5138. */
const MILLISECONDS_FROM = 1e11;
/** The last moment that JavaScript dates can represent. */
const MAX_MS = 8.64e15;
/** `2025-07-17 10:00:00.000000`, and what ISO 8601 adds to it. */
const TIME =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i;

/** Text, even if a table stores it as a number; `undefined` if there is none. */
export function readText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}

/**
 * A boolean in any of the forms that tables use; `fallback` if there is no value, `undefined` if it is
 * neither yes nor no.
 */
export function readBoolean(value: unknown, fallback: boolean): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = readText(value)?.trim().toLowerCase() ?? "";
  if (text === "") return fallback;
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/**
 * A time in milliseconds, given as ISO 8601 (UTC if it names no zone) or as seconds or milliseconds since
 * 1970; `null` if there is none, `undefined` if it cannot be read.
 */
export function readTime(value: unknown): number | null | undefined {
  const text = readText(value)?.trim() ?? "";
  if (text === "") return value === undefined || value === "" ? null : undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    const ms = Math.round(number < MILLISECONDS_FROM ? number * 1000 : number);
    return ms <= MAX_MS ? ms : undefined;
  }
  const groups = TIME.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { date, time = "00:00", zone = "Z" } = groups;
  const ms = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}
