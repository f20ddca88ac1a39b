import { expect, it } from "vitest";
import { hasRoom, keptSinceMs } from "../../../../apps/server/src/features/postcards/rules.js";

it("keeps three postcards of an account, for 30 days", () => {
  expect([0, 2, 3, 4].map(hasRoom)).toEqual([true, true, false, false]);
  expect(keptSinceMs(Date.UTC(2026, 0, 31))).toBe(Date.UTC(2026, 0, 1));
});
