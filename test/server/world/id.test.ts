import { expect, it } from "vitest";
import { timeOrderedId } from "../../../apps/server/src/world/id.js";

const NOW_MS = Date.UTC(2026, 0, 15, 12);

it("is a UUID of version 7 that begins with its time (RFC 9562 5.7)", () => {
  expect(timeOrderedId(NOW_MS)).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  // The example of RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC.
  expect(timeOrderedId(0x017f22e279b0).slice(0, 13)).toBe("017f22e2-79b0");
});

it("sorts by time, and never repeats", () => {
  const ids = Array.from({ length: 1000 }, (_, i) => timeOrderedId(NOW_MS + i));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 1000 }, () => timeOrderedId(NOW_MS))).size).toBe(1000);
});
