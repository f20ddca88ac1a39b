import type { z } from "zod";

/**
 * What a field must be, for people: half a sentence that begins behind the field's name, such as "must have at least 6
 * characters". `value` is what was sent for the field.
 */
export function wordingOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "string" ? "must be a text" : `must be of the type ${issue.expected}`;
    case "too_small":
      return `must have at least ${characters(issue.minimum)}`;
    case "too_big":
      return `must have at most ${characters(issue.maximum)}`;
    case "invalid_format":
      return "must be a valid email address";
    default: {
      const field = `${String(issue.path.at(-1))} `;
      return issue.message.startsWith(field) ? issue.message.slice(field.length) : issue.message;
    }
  }
}

/** What was sent at a path of the input; own properties only: what a prototype holds was not sent. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key]; // Safe: an object that has the key.
  }
  return value;
}

function characters(count: number | bigint): string {
  return `${count} character${count === 1 ? "" : "s"}`;
}
