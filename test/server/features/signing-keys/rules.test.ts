import { expect, it } from "vitest";
import {
  nextCreatedAtMs,
  replacedBefore,
  signingKey,
} from "../../../../apps/server/src/features/signing-keys/rules.js";

const keys = [30, 20, 10].map((createdAtMs) => ({ kid: `of ${createdAtMs}`, createdAtMs }));
const kids = (found: readonly { readonly kid: string }[]) => found.map(({ kid }) => kid);

it("the newest key signs", () => {
  expect(signingKey(keys)?.kid).toBe("of 30");
  expect(signingKey([])).toBeUndefined();
});

it("a new key is the newest, also where the clock is behind", () => {
  expect(nextCreatedAtMs(undefined, 5)).toBe(5);
  expect(nextCreatedAtMs(keys[0], 40)).toBe(40);
  expect(nextCreatedAtMs(keys[0], 30)).toBe(31);
  expect(nextCreatedAtMs(keys[0], 1)).toBe(31);
});

it("the keys that are older than the one that signed at a moment had been replaced then", () => {
  expect(kids(replacedBefore(keys, 30))).toEqual(["of 20", "of 10"]);
  expect(kids(replacedBefore(keys, 29))).toEqual(["of 10"]);
  expect(kids(replacedBefore(keys, 10))).toEqual([]);
  expect(kids(replacedBefore(keys, 9))).toEqual([]);
});
