import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BEGINNING,
  chained,
  type DatedPoint,
  faultOf,
  isExplained,
  learned,
  linkedEnd,
  linkedText,
  searchTooOld,
  storable,
  UNKNOWN_BEGINNING,
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

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

describe("what is linked", () => {
  it("is the place and the time, followed by what the event says", () => {
    for (const each of [event(), event({ subject: null, details: '{"a":"ü\u2028漢"}' })]) {
      const text = linkedText(each, { number: 6, hash: "f00" });
      expect(text).toBe(`["f00",7,1000,${linkedEnd(each)}`);
    }
  });

  it("has no characters that an engine could not store", () => {
    const stored = storable(event({ actor: "\0a", userAgent: "\ud800 😀 \udc00" }));
    expect(stored).toEqual(event({ actor: "\ufffda", userAgent: "\ufffd 😀 \ufffd" }));
    expect(storable(event({ subject: null, userAgent: "" }))).toEqual(
      event({ subject: null, userAgent: "" }),
    );
  });
});

describe("entries that are too old", () => {
  const lastTooOld = (entries: readonly DatedPoint[], bounds: Parameters<typeof searchTooOld>[0]) => {
    const search = searchTooOld(bounds);
    for (const entry of entries) if (!search.next(entry)) break;
    return search.last();
  };
  /** One day is kept; times are in hours. */
  const lastOf = (hours: readonly number[], newestAt = hours.at(-1) ?? 0, limit = 100) =>
    lastTooOld(
      hours.map((hour, index) => ({ number: index + 1, hash: `hash ${index + 1}`, atMs: hour * HOUR_MS })),
      { newestAtMs: newestAt * HOUR_MS, days: 1, limit },
    )?.number;

  it("may be deleted except for the last one, which proves how old those before are", () => {
    expect(lastOf([5, 6, 7, 10, 35])).toBe(3);
    expect(lastOf([5, 6, 7, 12, 34])).toBe(2);
    expect(lastOf([5, 34])).toBeUndefined();
    expect(lastOf([5, 6, 7])).toBeUndefined();
    expect(lastOf([])).toBeUndefined();
  });

  it("are deleted within limits", () => {
    expect(lastOf([1, 2, 3, 4, 5, 6, 50], 50, 3)).toBe(3);
    expect(lastOf([1, 99, 99, 99, 99, 2, 50], 50, 3)).toBe(3);
  });

  it("stay behind one that is not, where a clock went back: no hole is torn", () => {
    expect(lastOf([5, 6, 40, 7, 8, 50])).toBe(1);
    expect(lastOf([40, -400_000, -400_000, 50])).toBeUndefined();
  });

  it("are deleted with one among them that was written while the clock was ahead", () => {
    expect(lastOf([5, 90_000, 90_000, 6, 7, 50])).toBe(4);
    expect(lastOf([90_000, 6, 50])).toBe(1);
    expect(lastOf([90_000, 45, 50])).toBeUndefined();
  });

  it("are kept if everything is", () => {
    const [entry] = chained([event({ atMs: 1 })], BEGINNING, link);
    if (entry === undefined) throw new Error("one is expected");
    const bounds = { newestAtMs: 1000 * DAY_MS, days: 0, limit: 10 };
    expect(lastTooOld([entry, { ...entry, number: 2 }], bounds)).toBeUndefined();
  });

  it("are never explained by less than was deleted, whatever the clock did", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 10 }),
        (hours, days, limit) => {
          const entries = chained(
            hours.map((hour) => event({ atMs: hour * HOUR_MS })),
            BEGINNING,
            link,
          );
          const newestAtMs = entries.at(-1)?.atMs ?? 0;
          const last = lastTooOld(entries, { newestAtMs, days, limit });
          const deleted = entries.filter(({ number }) => number <= (last?.number ?? 0));
          const kept = entries.filter(({ number }) => number > (last?.number ?? 0));
          expect(deleted.length).toBeLessThanOrEqual(limit);
          for (const { atMs } of deleted) {
            expect(atMs < newestAtMs - days * DAY_MS || atMs > newestAtMs).toBe(true);
          }
          const beginning = kept.reduce(
            (known, entry) => learned(known, entry, newestAtMs),
            UNKNOWN_BEGINNING,
          );
          expect(isExplained(last?.number ?? 0, beginning, { nowMs: newestAtMs, days })).toBe(true);
        },
      ),
    );
  });
});
