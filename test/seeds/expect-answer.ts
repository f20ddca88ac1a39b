import { expect } from "vitest";
import type { Answer } from "../support/rest.js";

/** An answer to the letter: status, body, and that it is JSON. */
export function expectAnswer(answer: Answer, status: number, text: string): void {
  expect([answer.status, answer.text]).toEqual([status, text]);
  expect(answer.headers.get("content-type")).toBe("application/json");
}

/** An answer with a sentence and nothing else. */
export function expectDetail(answer: Answer, status: number, sentence: string): void {
  expectAnswer(answer, status, JSON.stringify({ detail: sentence }));
}

/** An entry of a 422 as FastAPI with Pydantic 1 writes it. */
export const entry = {
  missing: (field: string) => ({
    loc: ["body", field],
    msg: "field required",
    type: "value_error.missing",
  }),
  nothing: (field: string) => ({
    loc: ["body", field],
    msg: "none is not an allowed value",
    type: "type_error.none.not_allowed",
  }),
  noText: (field: string) => ({ loc: ["body", field], msg: "str type expected", type: "type_error.str" }),
  badAddress: (field = "email") => ({
    loc: ["body", field],
    msg: "value is not a valid email address",
    type: "value_error.email",
  }),
  tooShort: (field: string, least: number) => ({
    loc: ["body", field],
    msg: `ensure this value has at least ${least} characters`,
    type: "value_error.any_str.min_length",
    ctx: { limit_value: least },
  }),
  tooLong: (field: string, most: number) => ({
    loc: ["body", field],
    msg: `ensure this value has at most ${most} characters`,
    type: "value_error.any_str.max_length",
    ctx: { limit_value: most },
  }),
};

/** Exactly these entries, in this order, 422 unless said otherwise. */
export function expectEntries(answer: Answer, entries: readonly object[], status = 422): void {
  expectAnswer(answer, status, JSON.stringify({ detail: entries }));
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}
