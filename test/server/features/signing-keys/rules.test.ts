import { expect, it } from "vitest";
import {
  datedBack,
  replacedBefore,
  signingKey,
} from "../../../../apps/server/src/features/signing-keys/rules.js";

const keys = [30, 20, 10].map((createdAtMs) => ({ kid: `of ${createdAtMs}`, createdAtMs }));
const kids = (found: readonly { readonly kid: string }[]) => found.map(({ kid }) => kid);

it("the newest key signs", () => {
  expect(signingKey(keys)?.kid).toBe("of 30");
  expect(signingKey([])).toBeUndefined();
});

it("a new key is the newest: keys from a clock that was ahead are dated back", () => {
  expect(datedBack(keys, 40)).toEqual([]);
  expect(datedBack(keys, 30)).toEqual([{ kid: "of 30", createdAtMs: 29 }]);
  expect(datedBack(keys, 15)).toEqual([
    { kid: "of 30", createdAtMs: 14 },
    { kid: "of 20", createdAtMs: 13 },
  ]);
});

it("the keys that are older than the one that signed at a moment had been replaced then", () => {
  expect(kids(replacedBefore(keys, 30))).toEqual(["of 20", "of 10"]);
  expect(kids(replacedBefore(keys, 29))).toEqual(["of 10"]);
  expect(kids(replacedBefore(keys, 10))).toEqual([]);
  expect(kids(replacedBefore(keys, 9))).toEqual([]);
});
