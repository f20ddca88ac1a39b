import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseEmail } from "../../packages/contracts/src/fields/email.js";
import { findPython } from "../bridge/python.js";
import { address } from "./addresses.js";

const SEED = Number(process.env.LATCHKEY_SEED ?? 20260115);
const COUNT = 5000;

const python = findPython(
  "import email_validator, pydantic, sys; sys.exit(not pydantic.VERSION.startswith('1.'))",
);

describe("the address rule", () => {
  it(`agrees with Pydantic's EmailStr on generated addresses (seed ${SEED})`, { timeout: 0 }, ({ skip }) => {
    if (python === undefined) return skip("there is no Python with Pydantic 1 and email-validator here");
    // `Name <a@b.com>` is refused on purpose.
    const texts = fc.sample(address, { seed: SEED, numRuns: COUNT }).filter((text) => !/<.*>/.test(text));
    const output = execFileSync(python, [join(import.meta.dirname, "addresses.py")], {
      input: JSON.stringify(texts),
      maxBuffer: 2 ** 26,
    });
    const theirs = JSON.parse(output.toString("utf8")) as Array<string | null>;
    const ours = texts.map((text) => normaliseEmail(text) ?? null);
    const mismatches = texts
      .map((text, index) => ({ text, ours: ours[index], theirs: theirs[index] }))
      .filter((each) => each.ours !== each.theirs);
    expect(mismatches).toEqual([]);
    // The agreement must not consist of refusing everything.
    expect(ours.filter((each) => each !== null).length).toBeGreaterThan(COUNT / 10);
  });
});

it("accepts a domain with Latin-1 letters however often it is called", () => {
  const answers = Array.from({ length: 50_000 }, (_, index) => normaliseEmail(`a@é${index % 7}.com`));
  expect(answers.filter((answer) => answer === undefined)).toEqual([]);
});
