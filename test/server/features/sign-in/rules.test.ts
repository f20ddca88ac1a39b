import { describe, expect, it } from "vitest";
import { mustHaveFactor } from "../../../../apps/server/src/features/factors/rules.js";
import { isTwoFactors } from "../../../../apps/server/src/features/sessions/rules.js";
import { isOpen, isSamePlace } from "../../../../apps/server/src/features/sign-in/rules.js";

describe("a sign-in in progress", () => {
  const step = { epoch: 1, factorGeneration: 7, tries: 4, createdAtMs: 1_000, expiresAtMs: 601_000 };
  const account = { sessionEpoch: 1, factorGeneration: 7 };

  it("is open for its time and its tries, as long as the account's sessions and factors are the same", () => {
    expect(isOpen(step, account, 600_999)).toBe(true);
    expect(isOpen(step, account, 601_000)).toBe(false);
    expect(isOpen({ ...step, tries: 5 }, account, 2_000)).toBe(false);
    expect(isOpen(step, { ...account, sessionEpoch: 2 }, 2_000)).toBe(false);
    expect(isOpen(step, { ...account, factorGeneration: 8 }, 2_000)).toBe(false);
    expect(isOpen(step, { ...account, factorGeneration: 0 }, 2_000)).toBe(false);
  });

  it("is over if it is from the future, because the clock was ahead when it began", () => {
    expect(isOpen({ ...step, createdAtMs: 62_001 }, account, 2_000)).toBe(false);
  });

  it.each([
    ["the same device elsewhere", { device: "d", network: "m" }, true],
    ["another device in the same network", { device: "e", network: "n" }, false],
    ["no device, in the same network", { device: null, network: "n" }, true],
    ["no device, elsewhere", { device: null, network: "m" }, false],
  ])("of a device continues from %s: %s", (_, now, expected) => {
    expect(isSamePlace({ device: "d", network: "n" }, now)).toBe(expected);
  });
});

describe("second factors", () => {
  it.each([
    ["pwd", false],
    ["eml", false],
    ["swk", false],
    ["pwd pwd", false],
    ["hwk", true],
    ["pwd otp", true],
    ["pwd rcv", true],
    ["swk eml", true],
  ])("%s is two factors: %s", (methods, expected) => {
    expect(isTwoFactors(methods.split(" "))).toBe(expected);
  });

  it.each([
    ["optional", false, false],
    ["admins", false, true],
    ["everyone", true, true],
  ] as const)("SECOND_FACTOR=%s requires one of users: %s, of administrators: %s", (policy, user, admin) => {
    expect([mustHaveFactor({ role: "user" }, policy), mustHaveFactor({ role: "admin" }, policy)]).toEqual([
      user,
      admin,
    ]);
  });
});
