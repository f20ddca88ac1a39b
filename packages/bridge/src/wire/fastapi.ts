import type { AnyErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { RestBinding, RestList } from "@latchkey/contracts/kit/rest";
import { valueAt } from "@latchkey/contracts/kit/wording";
import type { z } from "zod";
import type { JsonFault } from "./json.js";
import { type Answer, type BodyFault, type Raised, REFUSAL_STATUS, type Refusal, type Wire } from "./wire.js";

const SENTENCES: Readonly<Record<Refusal, string>> = {
  unreadable: "There was an error parsing the body",
  "too large": "Request body too large",
  "method not allowed": "Method Not Allowed",
  "not found": "Not Found",
};

/**
 * The wire format of the two API documents: `{"detail":…}`, worded like FastAPI with Pydantic 1, and in the
 * texts that those documents fix.
 */
export const fastapi: Wire = {
  success,
  failure: (binding, { definition, data }) => ({
    ...failure(binding, definition),
    ...listed(binding.errors?.[definition.code]?.lists, data),
  }),
  unfit: (binding, { issues, input }) => invalidInput(binding, fieldErrors(issues, input, binding.headers)),
  unfitBody: (binding, fault) => invalidInput(binding, [bodyError(fault)]),
  refusal: (refusal) => detail(REFUSAL_STATUS[refusal], SENTENCES[refusal]),
};

/** One invalid field, worded like FastAPI with Pydantic 1. */
export interface FieldError {
  readonly loc: ReadonlyArray<string | number>;
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** The answer for an output: the output itself, or the output in the envelope that the path promises. */
function success(binding: RestBinding, output: unknown): Answer {
  if (binding.envelope === undefined) return { status: 200, body: output };
  return { status: 200, body: { success: true, message: binding.envelope, data: output } };
}

/** The answer for an error that a procedure raised. Its data is left out: these bodies are fixed. */
export function failure(binding: RestBinding, definition: AnyErrorDefinition): Answer {
  const promised = binding.errors?.[definition.code];
  const { status = definition.status, detail: sentence = definition.message, field } = promised ?? {};
  if (field === undefined) return detail(status, sentence);
  const error: FieldError = { loc: ["body", field], msg: sentence, type: "value_error" };
  return { status, body: { detail: [error] } };
}

/** The header that names what a list of the data contains; none if it has nothing to name. */
function listed(list: RestList | undefined, data: Raised["data"]): Pick<Answer, "headers"> {
  const values = list && data?.[list.key];
  if (list === undefined || !Array.isArray(values)) return {};
  const names = values.flatMap((value) => list.names[String(value)] ?? []);
  if (names.length === 0) return {};
  // Pages of other origins that may read the answer may read this too; all other answers stay as they are.
  return { headers: [list.header, names.join(", "), "Access-Control-Expose-Headers", list.header] };
}

/** The answer for invalid input. */
export function invalidInput(binding: RestBinding, errors: readonly FieldError[]): Answer {
  return { status: binding.invalidInputStatus ?? 422, body: { detail: errors } };
}

/** A body with one sentence and nothing else. */
export function detail(status: number, sentence: string): Answer {
  return { status, body: { detail: sentence } };
}

export const bodyMissing: FieldError = { loc: ["body"], msg: "field required", type: "value_error.missing" };

export const bodyNotObject: FieldError = {
  loc: ["body"],
  msg: "value is not a valid dict",
  type: "type_error.dict",
};

function bodyError(fault: BodyFault): FieldError {
  if (fault === "missing") return bodyMissing;
  return fault === "not an object" ? bodyNotObject : bodyMalformed(fault);
}

/** Unlike FastAPI's, it does not repeat the body, which may contain a password. */
export function bodyMalformed(fault: JsonFault): FieldError {
  const { msg, pos, lineno, colno } = fault;
  return {
    loc: ["body", pos],
    msg: `${msg}: line ${lineno} column ${colno} (char ${pos})`,
    type: "value_error.jsondecode",
    ctx: { msg, pos, lineno, colno },
  };
}

/**
 * One error per field, in the order of the schema. zod may report more than one, and its issues do not carry
 * the input, so whether a key was missing is looked up in the input itself.
 */
export function fieldErrors(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  headers: Readonly<Record<string, string>> = {},
): FieldError[] {
  const byField = new Map<string, FieldError>();
  for (const issue of issues) {
    const field = issue.path.join("\0");
    if (!byField.has(field))
      byField.set(field, { loc: location(issue.path, headers), ...wording(issue, input) });
  }
  return [...byField.values()];
}

function location(
  path: readonly PropertyKey[],
  headers: Readonly<Record<string, string>>,
): Array<string | number> {
  const keys = path.map((key) => (typeof key === "number" ? key : String(key)));
  const header = headers[String(keys[0])];
  return header === undefined ? ["body", ...keys] : ["header", header];
}

function wording(issue: z.core.$ZodIssue, input: unknown): Omit<FieldError, "loc"> {
  const value = valueAt(input, issue.path);
  if (value === undefined) return { msg: "field required", type: "value_error.missing" };
  if (value === null) return { msg: "none is not an allowed value", type: "type_error.none.not_allowed" };
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "string") return { msg: "str type expected", type: "type_error.str" };
      return { msg: "value is not a valid dict", type: "type_error.dict" };
    case "invalid_format":
      return { msg: "value is not a valid email address", type: "value_error.email" };
    case "too_small":
      return limit("least", "min", Number(issue.minimum));
    case "too_big":
      return limit("most", "max", Number(issue.maximum));
    default:
      return { msg: issue.message, type: "value_error" };
  }
}

function limit(word: "least" | "most", end: "min" | "max", value: number): Omit<FieldError, "loc"> {
  return {
    msg: `ensure this value has at ${word} ${value} characters`,
    type: `value_error.any_str.${end}_length`,
    ctx: { limit_value: value },
  };
}
