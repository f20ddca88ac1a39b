import { describe, expect, it } from "vitest";
import {
  fits,
  isOpen,
  MOST_TRIES,
  readCode,
  spaced,
} from "../../../../../apps/server/src/features/factors/email-code/rules.js";

describe("a mailed code", () => {
  const code = { spentAtMs: null, tries: 0, createdAtMs: 1_000, expiresAtMs: 601_000 };

  it("can be given until it expires", () => {
    expect(isOpen(code, 600_999)).toBe(true);
    expect(isOpen(code, 601_000)).toBe(false);
  });

  it("cannot be given once it is spent, was guessed at too often or is from the future", () => {
    expect(isOpen({ ...code, spentAtMs: 2_000 }, 3_000)).toBe(false);
    expect(isOpen({ ...code, tries: MOST_TRIES - 1 }, 3_000)).toBe(true);
    expect(isOpen({ ...code, tries: MOST_TRIES }, 3_000)).toBe(false);
    expect(isOpen({ ...code, createdAtMs: 100_000 }, 3_000)).toBe(false);
  });

  const mailed = { userId: 1, epoch: 3, addressKey: "a@example.com" };
  const owner = { id: 1, sessionEpoch: 3, disabled: false };

  it("is its account's as long as the password and the address stay the same", () => {
    expect(fits(mailed, owner, "a@example.com")).toBe(true);
  });

  it.each([
    ["another password", { ...owner, sessionEpoch: 4 }, "a@example.com"],
    ["another address", owner, "b@example.com"],
    ["been disabled", { ...owner, disabled: true }, "a@example.com"],
    ["another account", { ...owner, id: 2 }, "a@example.com"],
  ])("is no longer its account's if that has %s", (_, of, key) => {
    expect(fits(mailed, of, key)).toBe(false);
  });

  it("is written in two groups, and read however it is copied", () => {
    expect(spaced("012345")).toBe("012 345");
    for (const typed of ["012345", "012 345", " 012-345\n", "０１２３４５", "012\u200b345"]) {
      expect(readCode(typed)).toBe("012345");
    }
    for (const typed of ["", "12345", "0123456", "O12345", "١٢٣٤٥٦"]) expect(readCode(typed)).toBeUndefined();
  });
});
