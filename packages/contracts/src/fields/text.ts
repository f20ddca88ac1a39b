import { z } from "zod";
import { comparisonKey, normaliseEmail } from "./email.js";

const LONE_SURROGATE = /\p{Surrogate}/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be refused.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const MARKUP = /[<>]/;
/**
 * Format characters (bidirectional marks among them), separators of lines and paragraphs, whatever is not
 * shown by default, and the symbols that are blanks. Two names that differ only in these look the same.
 */
const INVISIBLE =
  /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\u{1d159}]/u;
/** Without one of these there is nothing to see, or only marks that need a letter. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}\p{Co}\p{Cn}]/u;

/** Passwords longer than this, in code points, are never hashed. */
export const MAX_PASSWORD_CODE_POINTS = 1024;
const MAX_USERNAME_CODE_POINTS = 50;
const MAX_SHORT_TEXT_CODE_POINTS = 300;

interface TextRules {
  /** In code points, as Pydantic counts. */
  readonly min?: number;
  readonly max?: number;
  /** Whether control characters other than NUL are allowed. */
  readonly controls?: "allowed";
  readonly markup?: "refused";
  /** Whether invisible characters are refused, and a text without any visible one. */
  readonly invisible?: "refused";
}

/** Finds the first rule that a text breaks, in the form of an issue that zod reports. */
function firstFault(text: string, rules: TextRules): z.core.$ZodRawIssue | undefined {
  const { min = 0, max = Number.POSITIVE_INFINITY } = rules;
  // A text has at most as many code points as UTF-16 units, and at least half as many.
  const length = text.length > max || text.length < 2 * min ? [...text].length : text.length;
  if (length < min)
    return { code: "too_small", origin: "string", minimum: min, inclusive: true, input: text };
  if (length > max) return { code: "too_big", origin: "string", maximum: max, inclusive: true, input: text };
  const refuse = (message: string) => ({ code: "custom" as const, message, input: text });
  // Lone surrogates have no UTF-8 form: two different passwords would be hashed as the same one.
  if (LONE_SURROGATE.test(text)) return refuse("must be valid Unicode");
  if (text.includes("\0")) return refuse("must not contain the character NUL");
  if (rules.controls !== "allowed" && CONTROL_CHARACTER.test(text)) {
    return refuse("must not contain control characters");
  }
  if (rules.invisible === "refused") {
    if (INVISIBLE.test(text)) return refuse("must not contain invisible characters");
    if (!VISIBLE.test(text)) return refuse("must contain a visible character");
  }
  if (rules.markup === "refused" && MARKUP.test(text)) return refuse("must not contain '<' or '>'");
  return undefined;
}

function text(rules: TextRules = {}) {
  return obeying(rules, z.string());
}

/** A text whose surrounding whitespace is ignored. */
function trimmedText(rules: TextRules = {}) {
  return obeying(
    rules,
    z.string().overwrite((value) => value.trim()),
  );
}

function obeying(rules: TextRules, schema: z.ZodString) {
  return schema.check((context) => {
    const fault = firstFault(context.value, rules);
    if (fault !== undefined) context.issues.push(fault);
  });
}

/**
 * How documents describe an address: international ones too (RFC 6531). JSON Schema's `email` is ASCII only, and
 * generated clients would refuse the others.
 */
export const EMAIL_FORMAT = "idn-email";

/** An address to be stored: checked and normalised. */
export const emailAddress = trimmedText()
  .transform((value, context) => {
    const address = normaliseEmail(value);
    if (address === undefined) {
      context.issues.push({ code: "invalid_format", format: "email", input: value });
      return z.NEVER;
    }
    return address;
  })
  .meta({ description: "The user's address.", format: EMAIL_FORMAT, examples: ["user@example.com"] });

/** An address as the user typed it to sign in. Unknown ones are refused later, all in the same way. */
export const emailAttempt = text().meta({
  description: "The account's email address, in any letter case.",
  examples: ["user@example.com"],
});

/** A username or an email address as the user typed it to sign in. */
export const loginName = text().meta({
  description: "The username or the email address, in any letter case.",
  examples: ["testuser"],
});

/** A login name: trimmed, 1 to 50 code points, no control or invisible characters, no `<` or `>`. */
export const username = trimmedText({
  min: 1,
  max: MAX_USERNAME_CODE_POINTS,
  markup: "refused",
  invisible: "refused",
}).meta({
  description:
    "Unique, ignoring letter case and kinds of blanks, without invisible characters. May contain `@` only if it is the " +
    "account's own address.",
  minLength: 1,
  maxLength: MAX_USERNAME_CODE_POINTS,
  examples: ["testuser"],
});

/** A password to be set, of at least `min` code points. */
export function newPassword(min: number) {
  return text({ min, max: MAX_PASSWORD_CODE_POINTS, controls: "allowed" }).meta({
    description: `At least ${min} code point${min === 1 ? "" : "s"}.`,
    minLength: min,
    maxLength: MAX_PASSWORD_CODE_POINTS,
    format: "password",
    examples: ["password123"],
  });
}

/** A password to compare: any text is accepted, and it is either right or wrong. */
export const passwordAttempt = text({ controls: "allowed" }).meta({
  description: "The account's password.",
  format: "password",
  examples: ["password123"],
});

/** A part of a person's name, or a phone number: any text, including none. */
export function personalText(description: string, example: string) {
  return text().meta({ description, examples: [example] });
}

/** The same where no fixed contract accepts every length, and other short texts for people. */
export function shortText(description: string, example: string) {
  return text({ max: MAX_SHORT_TEXT_CODE_POINTS }).meta({
    description,
    maxLength: MAX_SHORT_TEXT_CODE_POINTS,
    examples: [example],
  });
}

/**
 * Refuses a username with `@` that is not the account's own address, so that no user can claim another
 * person's address.
 */
export function refuseForeignAddress(
  context: z.core.ParsePayload<{ readonly username: string; readonly email: string }>,
): void {
  const { username, email } = context.value;
  if (!username.includes("@") || comparisonKey(username) === comparisonKey(email)) return;
  context.issues.push({
    code: "custom",
    path: ["username"],
    message: "username must not contain '@' unless it is the account's email",
    input: context.value,
  });
}

/** A timestamp as the auth surface writes it: UTC, whole seconds. */
export const timestamp = z.string().meta({ format: "date-time", examples: ["2025-07-17T10:00:00Z"] });

/** A timestamp: UTC, with milliseconds. */
export const instant = z.string().meta({ format: "date-time", examples: ["2026-01-15T12:00:00.000Z"] });

/** A JSON Web Token (RFC 7519). */
export const accessToken = z.string().meta({
  description:
    "A JSON Web Token, to be sent as `Authorization: Bearer <token>`. Empty if it was put in a cookie " +
    "instead.",
  examples: ["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI4YmEwIn0.c2lnbmF0dXJl"],
});

/** A one-time secret as it was mailed: any text is accepted, and it is either right or wrong. */
export const mailedSecret = text().meta({
  description: "The part after `#secret=` in the mailed link.",
  examples: ["bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw"],
});
