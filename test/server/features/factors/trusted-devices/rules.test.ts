import { describe, expect, it } from "vitest";
import { isTrusted } from "../../../../../apps/server/src/features/factors/trusted-devices/rules.js";

describe("a trusted device", () => {
  const owner = { id: 1, sessionEpoch: 2, factorGeneration: 3 };
  const device = {
    hash: "hash",
    id: "id",
    userId: 1,
    epoch: 2,
    factorGeneration: 3,
    userAgent: null,
    address: "192.0.2.1",
    createdAtMs: 1_000,
    lastUsedAtMs: 1_000,
    expiresAtMs: 101_000,
  };
  const now = { nowMs: 50_000, lengthMs: 100_000 };

  it("is trusted until it expires", () => {
    expect(isTrusted(device, owner, { ...now, nowMs: 100_999 })).toBe(true);
    expect(isTrusted(device, owner, { ...now, nowMs: 101_000 })).toBe(false);
  });

  it("is trusted for no longer than devices are now", () => {
    expect(isTrusted(device, owner, { nowMs: 50_000, lengthMs: 49_001 })).toBe(true);
    expect(isTrusted(device, owner, { nowMs: 50_000, lengthMs: 49_000 })).toBe(false);
    expect(isTrusted(device, owner, { nowMs: 50_000, lengthMs: 0 })).toBe(false);
  });

  it.each([
    ["is another account's", device, { ...owner, id: 2 }],
    ["was trusted before the password changed", device, { ...owner, sessionEpoch: 3 }],
    ["was trusted before a factor changed", device, { ...owner, factorGeneration: 4 }],
    [
      "belongs to an account without factors",
      { ...device, factorGeneration: 0 },
      { ...owner, factorGeneration: 0 },
    ],
    ["is from the future", { ...device, createdAtMs: 150_000, expiresAtMs: 250_000 }, owner],
  ])("is not trusted where it %s", (_, each, of) => {
    expect(isTrusted(each, of, now)).toBe(false);
  });
});
