import { comparisonKey } from "@latchkey/contracts/fields/email";
import { expect, it } from "vitest";

it("compares ignoring letter case, surrounding whitespace and the encoding of combining marks", () => {
  expect(comparisonKey(" E\u0301va@Example.COM ")).toBe("\u00e9va@example.com");
  expect(comparisonKey("\u00c9va@example.com")).toBe("\u00e9va@example.com");
});

it("compares all blanks, and any number of them, as one", () => {
  for (const blank of ["\u00a0", "\u1680", "\u2003", "\u202f", "\u205f", "\u3000", "  ", " \u3000 "]) {
    expect(comparisonKey(`${blank}Ann${blank}Lee${blank}`)).toBe("ann lee");
  }
  expect(comparisonKey("annlee")).toBe("annlee");
});

it("does not normalise a text too long to be registered: piled-up combining marks would take seconds", () => {
  const marks = `a${"\u0301\u0316".repeat(15_000)}`;
  expect(comparisonKey(marks)).toBe(marks);
});

it.each([
  ["b@example。com", "b@example.com"],
  ["b@ｅｘａｍｐｌｅ．ｃｏｍ", "b@example.com"],
  ["B@EXAM\u034fPLE｡com", "b@example.com"],
  ["i@Bücher.example", "i@xn--bcher-kva.example"],
  ["i@XN--BCHER-KVA.example", "i@xn--bcher-kva.example"],
  ["i@straße.de", "i@xn--strae-oqa.de"],
  ["用户@例え.jp", "用户@xn--r8jz45g.jp"],
  ["a@１２３.com", "a@123.com"],
  ["ａ@example.com", "ａ@example.com"],
])("compares the domain of %j by its ASCII form", (address, key) => {
  expect(comparisonKey(address)).toBe(key);
  expect(comparisonKey(key)).toBe(key);
});

it.each([
  "b@ｅxample.com/path",
  "b@ｅxample.com:25",
  "b@b@ｅxample.com?x",
  "ｅxample.com",
  "b@exä mple.com",
  "@",
])("does not take %j for an address", (text) => {
  expect(comparisonKey(text)).toBe(text);
});

it("finds the beginning of an address while its domain is being typed, label by label", () => {
  const key = comparisonKey("i@bücher.example");
  for (const typed of ["i@", "i@bücher", "i@bücher.", "i@bücher。", "i@bücher.ex"]) {
    expect(key.startsWith(comparisonKey(typed)), typed).toBe(true);
  }
});
