import { bodyNotObject, type FieldError } from "../../packages/bridge/src/wire/fastapi.js";
import { parseJson } from "../../packages/bridge/src/wire/json.js";
import type { Sent } from "./bodies.js";
import type { BodyEndpoint, FieldKind } from "./endpoints.js";

/** A status and a body, `undefined` for an answer that finds nothing wrong with the body. */
export interface Verdict {
  readonly status: number;
  readonly detail: unknown;
}

/** What Latchkey answers where FastAPI answers `theirs`; `undefined` if it finds nothing wrong. */
export function intended(
  endpoint: BodyEndpoint,
  sent: Sent,
  theirs: Verdict | undefined,
): Verdict | undefined {
  if (theirs !== undefined && !Array.isArray(theirs.detail)) return theirs;
  // Safe: FastAPI's lists contain nothing else.
  const entries = (theirs?.detail ?? []) as FieldError[];
  const changed = intendedEntries(endpoint, sent, entries);
  if (changed.length === 0) return undefined;
  // reset_password answers every error in the body with 400.
  return { status: endpoint.path === "/api/users/reset_password" ? 400 : 422, detail: changed };
}

function intendedEntries(
  { fields }: BodyEndpoint,
  sent: Sent,
  entries: readonly FieldError[],
): readonly FieldError[] {
  if (entries.some(({ type }) => type === "value_error.jsondecode")) return entries.map(withoutBody);
  if (entries.some(({ type }) => type === "type_error.dict")) return entries;
  const body = bodyOf(sent);
  if (body === undefined || body === null) return entries;
  // Pydantic makes an object of an empty array, an empty text and an array of pairs; here none of them is
  // one.
  if (typeof body !== "object" || Array.isArray(body)) return [bodyNotObject];

  const byField = new Map(entries.map((entry) => [entry.loc[1], entry]));
  const changed = Object.entries(fields).flatMap(([name, kind]) => {
    const value = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    const theirs = byField.get(name);
    const entry = intendedEntry({ loc: ["body", name], kind, theirs }, value) ?? theirs;
    return entry === undefined ? [] : [entry];
  });
  return changed.length === 0 ? squatting(body as Record<string, unknown>, fields) : changed;
}

/** The malformed text itself is left out: it may contain a password. */
function withoutBody({ ctx: { doc: _, ...ctx } = {}, ...entry }: FieldError): FieldError {
  return { ...entry, ctx };
}

/** Format characters, separators of lines, what Unicode says to ignore, and blanks that count as symbols. */
const INVISIBLE =
  /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\u{1d159}]/u;

interface Field {
  readonly loc: readonly ["body", string];
  readonly kind: FieldKind;
  readonly theirs: FieldError | undefined;
}

/** The entry that a field gets whatever FastAPI says; `undefined` if FastAPI is to be followed. */
function intendedEntry({ loc, kind, theirs }: Field, value: unknown): FieldError | undefined {
  // Pydantic converts numbers and booleans to text.
  if (typeof value === "number" || typeof value === "boolean") {
    return { loc, msg: "str type expected", type: "type_error.str" };
  }
  if (typeof value !== "string") return undefined;
  const text = kind === "address" || kind === "username" ? value.trim() : value;
  if (kind === "username" && (text === "" || [...text].length > 50)) return undefined;
  if (kind === "newPassword" && theirs !== undefined) return undefined;
  const refuse = (msg: string) => ({ loc, msg, type: "value_error" });
  // Text that is not valid UTF-8, and characters that databases and terminals cannot handle.
  if (/\p{Surrogate}/u.test(text)) return refuse("must be valid Unicode");
  if (text.includes("\0")) return refuse("must not contain the character NUL");
  const secret = kind === "newPassword" || loc[1] === "password" || loc[1] === "old_password";
  if (!secret && /\p{Cc}/u.test(text)) return refuse("must not contain control characters");
  // Names that differ only in what is not shown look the same.
  if (kind === "username" && INVISIBLE.test(text)) return refuse("must not contain invisible characters");
  if (kind === "username" && /^[\p{M}\p{Z}]*$/u.test(text)) return refuse("must contain a visible character");
  // Usernames are shown on pages.
  if (kind === "username" && /[<>]/.test(text)) return refuse("must not contain '<' or '>'");
  // `Name <a@b.com>`: Pydantic extracts the address from it.
  if (kind === "address" && /<.*>/.test(text)) {
    return { loc, msg: "value is not a valid email address", type: "value_error.email" };
  }
  return undefined;
}

/** A username with `@` must be the account's own address. */
function squatting(body: Record<string, unknown>, fields: BodyEndpoint["fields"]): readonly FieldError[] {
  if (!Object.values(fields).includes("username")) return [];
  const [username, email] = [String(body.username), String(body.email)].map((text) =>
    text.trim().normalize("NFC").toLowerCase(),
  );
  if (!username?.includes("@") || username === email) return [];
  const msg = "username must not contain '@' unless it is the account's email";
  return [{ loc: ["body", "username"], msg, type: "value_error" }];
}

function bodyOf({ bytes }: Sent): unknown {
  const text = new TextDecoder("utf-8").decode(bytes);
  const result = parseJson(text);
  return "value" in result ? result.value : undefined;
}
