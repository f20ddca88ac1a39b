import type { z } from "zod";
import type { Language } from "./language.js";

/**
 * What is wrong with one field: where it is in the input, and what it must be, worded so that it follows the
 * field's name.
 */
export interface FieldFault {
  readonly path: ReadonlyArray<string | number>;
  readonly message: string;
}

/** At most one fault per field, the first of each, in the order of the fields. `input` is what was sent. */
export function fieldFaultsOf(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  language: Language,
): FieldFault[] {
  const byField = new Map<string, FieldFault>();
  for (const issue of issues) {
    const key = issue.path.join("\0");
    if (byField.has(key)) continue;
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    byField.set(key, { path, message: WORDING[language](issue, valueAt(input, issue.path)) });
  }
  return [...byField.values()];
}

/** The value at a path of the input. Own properties only: an inherited one was not sent. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key]; // Safe: an object that has the key.
  }
  return value;
}

/** Half a sentence that follows the field's name, such as "must have at least 6 characters". */
type Wording = (issue: z.core.$ZodIssue, value: unknown) => string;

const WORDING: Readonly<Record<Language, Wording>> = { en: inEnglish, "zh-CN": inChinese };

function inEnglish(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "string" ? "must be text" : `must be of type ${issue.expected}`;
    case "too_small":
      return issue.origin === "string"
        ? `must have at least ${characters(issue.minimum)}`
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `must have at most ${characters(issue.maximum)}`
        : `must be at most ${issue.maximum}`;
    case "invalid_format":
      return issue.format === "email" ? "must be a valid email address" : `must be a valid ${issue.format}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return ownWords(issue);
  }
}

function inChinese(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "必填";
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "string" ? "必须是文本" : `类型必须是 ${issue.expected}`;
    case "too_small":
      return issue.origin === "string" ? `至少需要 ${issue.minimum} 个字符` : `不能小于 ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string" ? `最多 ${issue.maximum} 个字符` : `不能大于 ${issue.maximum}`;
    case "invalid_format":
      return issue.format === "email" ? "必须是有效的邮箱地址" : `必须是有效的 ${issue.format}`;
    case "invalid_value":
      return `必须是 ${issue.values.map(String).join("、")} 之一`;
    default: {
      const words = ownWords(issue);
      return OWN_WORDS_IN_CHINESE[words] ?? words;
    }
  }
}

/** What a schema's own rule says, without the field's name. */
function ownWords(issue: z.core.$ZodIssue): string {
  const field = `${String(issue.path.at(-1))} `;
  return issue.message.startsWith(field) ? issue.message.slice(field.length) : issue.message;
}

const OWN_WORDS_IN_CHINESE: Readonly<Record<string, string>> = {
  "must be valid Unicode": "必须是有效的 Unicode 文本",
  "must be printable ASCII": "只能包含可打印的 ASCII 字符",
  "must not contain the character NUL": "不能包含 NUL 字符",
  "must not contain control characters": "不能包含控制字符",
  "must not contain '<' or '>'": "不能包含 '<' 或 '>'",
  "must not contain '@' unless it is the account's email": "除非与账户的邮箱相同，否则不能包含 '@'",
};

function characters(count: number | bigint): string {
  return `${count} character${count === 1 ? "" : "s"}`;
}
