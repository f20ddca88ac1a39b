import { describe, expect, it } from "vitest";
import {
  BEGINNING,
  chained,
  faultOf,
  lastTooOld,
  linkedText,
} from "../../../../apps/server/src/features/audit/rules.js";
import { event } from "./store.suite.js";

/** A hash that can be read. */
const link = (...linked: Parameters<typeof linkedText>) => `#${linkedText(...linked)}`;

describe("the chain", () => {
  it("begins with number 1, behind 64 zeros", () => {
    const [first] = chained([event()], BEGINNING, link);
    expect(first).toMatchObject({ number: 1 });
    expect(first?.hash.startsWith(`#["${"0".repeat(64)}",1,`)).toBe(true);
  });

  it("links each entry to the one before, with all that it says", () => {
    const events = [event({ atMs: 1 }), event({ atMs: 2, actor: "ü\u2028\"'" }), event({ atMs: 3 })];
    const entries = chained(events, { number: 7, hash: "seven" }, link);
    expect(entries.map(({ number }) => number)).toEqual([8, 9, 10]);
    let last = { number: 7, hash: "seven" };
    for (const entry of entries) {
      expect(faultOf(entry, last, link)).toBeUndefined();
      last = entry;
    }
  });

  it("shows each field that was changed, and each entry that was removed or inserted", () => {
    const [first, second] = chained([event(), event()], BEGINNING, link);
    if (first === undefined || second === undefined) throw new Error("two are expected");
    expect(faultOf(second, BEGINNING, link)).toBe("missing");
    expect(faultOf({ ...second, number: 3 }, first, link)).toBe("missing");
    for (const change of [
      { atMs: 99 },
      { action: "auth.other" },
      { outcome: "failed" },
      { actor: "x" },
      { subject: "x" },
      { address: "x" },
      { userAgent: "x" },
      { requestId: "x" },
      { details: "{}" },
      { hash: "x" },
    ]) {
      expect([change, faultOf({ ...first, ...change }, BEGINNING, link)]).toEqual([change, "changed"]);
    }
  });
});

describe("entries that are too old", () => {
  const entry = (number: number, atMs: number) => ({ number, hash: `hash ${number}`, atMs });

  it("may be deleted up to the first that is not", () => {
    const entries = [entry(1, 5), entry(2, 6), entry(3, 10), entry(4, 11)];
    expect(lastTooOld(entries, 10)).toEqual({ number: 2, hash: "hash 2" });
    expect(lastTooOld(entries, 100)).toEqual({ number: 4, hash: "hash 4" });
    expect(lastTooOld(entries, 5)).toBeUndefined();
    expect(lastTooOld([], 5)).toBeUndefined();
  });

  it("stay behind one that is not, where a clock went back: no hole is torn", () => {
    expect(lastTooOld([entry(1, 5), entry(2, 20), entry(3, 6)], 10)).toMatchObject({ number: 1 });
  });
});
