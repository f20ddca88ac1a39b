import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type JsonResult, parseJson } from "../../packages/bridge/src/wire/json.js";
import { jsonTexts } from "./json-texts.js";
import { findPython } from "./python.js";

const SEED = Number(process.env.LATCHKEY_SEED ?? 20260115);

/** From 3.13 on, Python words some errors differently; the clients were written against an older version. */
const python = findPython("import sys; sys.exit(not (3, 8) <= sys.version_info < (3, 13))");

/** The value without its numbers, which the languages write differently. */
function shape(value: unknown): unknown {
  if (typeof value === "number") return { number: true };
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [key, shape(member)] as const);
  return { members: members.sort(([a], [b]) => compareCodePoints(a, b)) };
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at === -1) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}

const verdict = (result: JsonResult) => ("value" in result ? { value: shape(result.value) } : result);

describe("the JSON reader", () => {
  it(`agrees with Python's json on generated texts, valid and invalid (seed ${SEED})`, ({ skip }) => {
    if (python === undefined) return skip("there is no Python from 3.8 to 3.12 here");
    const texts = jsonTexts(SEED);
    const output = execFileSync(python, [join(import.meta.dirname, "json_verdicts.py")], {
      input: JSON.stringify(texts),
      maxBuffer: 2 ** 28,
    });
    const theirs = JSON.parse(output.toString("utf8")) as unknown[];
    const mismatches = texts.flatMap((text, index) => {
      const ours = verdict(parseJson(text));
      const same = JSON.stringify(ours) === JSON.stringify(theirs[index]);
      return same ? [] : [{ text: text.slice(0, 200), ours, theirs: theirs[index] }];
    });
    expect(theirs).toHaveLength(texts.length);
    expect(mismatches.sort((a, b) => a.text.length - b.text.length).slice(0, 5)).toEqual([]);
  });

  it.each([
    ["", "Expecting value", 0, 1, 1],
    [" \n ", "Expecting value", 3, 2, 2],
    ["{", "Expecting property name enclosed in double quotes", 1, 1, 2],
    ['{"a":1,}', "Expecting property name enclosed in double quotes", 7, 1, 8],
    ["{'a':1}", "Expecting property name enclosed in double quotes", 1, 1, 2],
    ['{"a" 1}', "Expecting ':' delimiter", 5, 1, 6],
    ['{"a":1 "b":2}', "Expecting ',' delimiter", 7, 1, 8],
    ["[1", "Expecting ',' delimiter", 2, 1, 3],
    ["[1,]", "Expecting value", 3, 1, 4],
    ['{"a":"b', "Unterminated string starting at", 5, 1, 6],
    ['"a\nb"', "Invalid control character at", 2, 1, 3],
    ['"\\x"', "Invalid \\escape", 1, 1, 2],
    ['"\\u12g4"', "Invalid \\uXXXX escape", 2, 1, 3],
    ["{} {}", "Extra data", 3, 1, 4],
    ['{\n  "a": "\u{1f600}",\n  "b": oops\n}', "Expecting value", 21, 3, 8],
  ])("reports for %j: %s at %i, line %i, column %i", (text, msg, pos, lineno, colno) => {
    expect(parseJson(text)).toEqual({ fault: { msg, pos, lineno, colno } });
  });

  it("accepts NaN and Infinity as numbers, as Python does", () => {
    expect(parseJson('{"a":[NaN,Infinity,-Infinity]}')).toEqual({
      value: { a: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] },
    });
  });

  it("lets the last of two equal keys win, even when it reads slowly", () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ value: { a: 2 } });
    expect(parseJson('{"a":1,"a":NaN}')).toEqual({ value: { a: Number.NaN } });
  });

  it.each(['{"__proto__":1}', '{"__proto__":NaN}'])("makes __proto__ in %s an own property", (text) => {
    const result = parseJson(text);
    expect("value" in result && Object.keys(result.value as object)).toEqual(["__proto__"]);
  });

  it("reads nesting as deep as Python can, and reports anything deeper", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(parseJson(nested(900))).toHaveProperty("value");
    expect(parseJson(nested(901))).toEqual({ tooDeep: true });
    expect(parseJson("[".repeat(901))).toEqual({ tooDeep: true });
    expect(parseJson(`"${nested(901)}"`)).toEqual({ value: nested(901) });
  });
});
