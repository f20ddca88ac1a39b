import { comparisonKey } from "@latchkey/contracts/fields/email";
import { expect, it } from "vitest";

it("compares ignoring letter case, surrounding whitespace and the encoding of combining marks", () => {
  expect(comparisonKey(" E\u0301va@Example.COM ")).toBe("\u00e9va@example.com");
  expect(comparisonKey("\u00c9va@example.com")).toBe("\u00e9va@example.com");
});

it("does not normalise a text too long to be registered: piled-up combining marks would take seconds", () => {
  const marks = `a${"\u0301\u0316".repeat(15_000)}`;
  expect(comparisonKey(marks)).toBe(marks);
});
