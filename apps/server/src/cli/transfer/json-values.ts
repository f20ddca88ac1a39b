import type { Row } from "../../features/transfers/service.js";

/** The fields of a JSON object, or nothing if it is another value. */
export function readObject(value: unknown): Row | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, readExtended(each)]));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that MongoDB's extended JSON wraps in an object; others are left as they are. */
function readExtended(value: unknown): unknown {
  if (!isObject(value)) return value;
  const [[type = "", inner] = [], ...more] = Object.entries(value);
  if (more.length > 0) return value;
  switch (type) {
    case "$oid":
    case "$uuid":
    case "$numberInt":
    case "$numberLong":
    case "$numberDouble":
      return inner;
    case "$date":
      return readDate(readExtended(inner)) ?? value;
    default:
      return value;
  }
}

/** Always milliseconds, however small the number is. */
function readDate(inner: unknown): string | undefined {
  const isNumber = typeof inner === "number" || (typeof inner === "string" && /^-?\d+$/.test(inner));
  if (!isNumber) return typeof inner === "string" ? inner : undefined;
  const date = new Date(Number(inner));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
