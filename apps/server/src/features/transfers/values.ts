const TRUE = new Set(["1", "true", "t", "yes", "y", "on", "1.0"]);
const FALSE = new Set(["0", "false", "f", "no", "n", "off", "0.0"]);
/** Numbers from here on are milliseconds: as seconds this would be the year 5138. */
const MILLISECONDS_FROM = 1e11;
/** The years that every format of a date has four digits for. */
const MIN_MS = Date.parse("0001-01-01T00:00:00Z");
const MAX_MS = Date.parse("9999-12-31T23:59:59.999Z");
/**
 * ISO 8601 in its extended and basic form, and what databases and languages make of it: a blank for `T`,
 * `+02` for the zone, or a zone's name after its offset.
 */
const TIME =
  /^(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)(?:[T ](?<hour>\d\d)(?<colon>:?)(?<minute>\d\d)(?:\k<colon>(?<second>\d\d)(?:[.,](?<fraction>\d{1,30}))?)? ?(?<zone>Z|UTC|(?<sign>[+-])(?<hours>\d\d)(?::?(?<minutes>\d\d)(?::?(?<seconds>\d\d))?)?(?: [A-Z]{3,5})?)?)?$/i;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text, even if a table stores it as a number or as bytes, as Python's bcrypt returns it; `undefined` if
 * there is none.
 */
export function readText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return decode(value);
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    // Not text.
    return undefined;
  }
}

/** Whether there is a value that is not text, such as an object or bytes that are not UTF-8. */
export function isNotText(value: unknown): boolean {
  return value !== undefined && value !== null && readText(value) === undefined;
}

/**
 * A boolean in any of the forms that tables use; `fallback` if there is no value, `undefined` if it is
 * neither yes nor no.
 */
export function readBoolean(value: unknown, fallback: boolean): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (isNotText(value)) return undefined;
  const text = readText(value)?.trim().toLowerCase() ?? "";
  if (text === "") return fallback;
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/**
 * A time in milliseconds, given as ISO 8601 (UTC if it names no zone) or as seconds or milliseconds since
 * 1970; `null` if there is none, `undefined` if it cannot be read or does not exist.
 */
export function readTime(value: unknown): number | null | undefined {
  const text = readText(value)?.trim() ?? "";
  if (text === "") return value === undefined || value === "" ? null : undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? readNumber(Number(text)) : readIso(text);
  return ms !== undefined && ms >= MIN_MS && ms <= MAX_MS ? ms : undefined;
}

function readNumber(number: number): number {
  return Math.round(number < MILLISECONDS_FROM ? number * 1000 : number);
}

function readIso(text: string): number | undefined {
  const groups = TIME.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const part = (name: string) => Number(groups[name] ?? 0);
  const [year, month, day] = [part("year"), part("month"), part("day")];
  const [hour, minute, second] = [part("hour"), part("minute"), part("second")];
  const ms = Number((groups.fraction ?? "").padEnd(3, "0").slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that does not exist, such as 30 February, would become one of the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  // ISO 8601 knows 24:00 as the end of a day.
  const exists = hour < 24 || (hour === 24 && minute + second + ms === 0);
  if (!exists || minute > 59 || second > 59) return undefined;
  if (part("hours") > 23 || part("minutes") > 59 || part("seconds") > 59) return undefined;
  const offsetSeconds = (part("hours") * 60 + part("minutes")) * 60 + part("seconds");
  const local = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  return local - (groups.sign === "-" ? -1 : 1) * offsetSeconds * 1000;
}
