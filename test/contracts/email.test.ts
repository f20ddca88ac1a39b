import { comparisonKey } from "@latchkey/contracts/fields/email";
import { expect, it } from "vitest";

it("compares without letter case, outer blanks and the way that marks are written", () => {
  expect(comparisonKey(" E\u0301va@Example.COM ")).toBe("\u00e9va@example.com");
  expect(comparisonKey("\u00c9va@example.com")).toBe("\u00e9va@example.com");
});

it("does not normalise what is too long to be registered: piled up marks would take seconds", () => {
  const marks = `a${"\u0301\u0316".repeat(15_000)}`;
  expect(comparisonKey(marks)).toBe(marks);
});
