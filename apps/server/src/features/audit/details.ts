import type { Details } from "../../cause.js";

export type AuditDetails = Details;

const MAX_TEXT = 200;
const MAX_TEXTS = 50;
const ALLOWED = [
  "count",
  "days",
  "factor",
  "fields",
  "reason",
  "repeated",
  "role",
  "session",
] as const satisfies ReadonlyArray<keyof AuditDetails>;

/**
 * The details as they are stored: known names in alphabetical order, bounded values; `null` if nothing is
 * left.
 */
export function encodeDetails(details: AuditDetails = {}): string | null {
  const kept = ALLOWED.flatMap((name) => {
    const value = details[name];
    return value === undefined ? [] : [[name, bounded(value)] as const];
  });
  return kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept));
}

/** Details as they are shown. */
export type ShownDetails = Array<{ readonly name: string; readonly value: string }>;

/** Decodes the result of `encodeDetails`. */
export function decodeDetails(text: string): ShownDetails {
  const kept = JSON.parse(text) as Record<string, unknown>; // Safe: nothing else is ever written there.
  return Object.entries(kept).map(([name, value]) => ({ name, value: String(value) }));
}

function bounded(value: number | string | readonly string[]): number | string | readonly string[] {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  return value.slice(0, MAX_TEXTS).map((text) => text.slice(0, MAX_TEXT));
}
