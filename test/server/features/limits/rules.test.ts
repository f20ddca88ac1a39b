import { expect, it } from "vitest";
import { type Counter, judgeTake } from "../../../../apps/server/src/features/limits/rules.js";
import type { Begun } from "../../../../apps/server/src/features/limits/store.js";

const buckets = [
  { id: "a", limit: 2 },
  { id: "b", limit: 3 },
];

const begun = { era: "this machine", begunUptimeMs: 1_000 };
const window = { nowMs: 10, endsAtMs: 90, ...begun };
const withoutCount = ({ id, endsAtMs }: Counter) => ({ id, endsAtMs });

it("counts one in each bucket, in the window that is open, or in one that begins", () => {
  expect(judgeTake(buckets, [{ id: "b", count: 2, endsAtMs: 50, ...begun }], window)).toEqual({
    counters: [
      { id: "a", count: 1, endsAtMs: 90, ...begun },
      { id: "b", count: 3, endsAtMs: 50, ...begun },
    ],
  });
});

it("counts in none where one is full, and says until when", () => {
  const counters: readonly Counter[] = [
    { id: "a", count: 2, endsAtMs: 40, ...begun },
    { id: "b", count: 1, endsAtMs: 70, ...begun },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({ full: counters.slice(0, 1).map(withoutCount) });
});

it("names all that are full", () => {
  const counters: readonly Counter[] = [
    { id: "a", count: 5, endsAtMs: 40, ...begun },
    { id: "b", count: 3, endsAtMs: 70, ...begun },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({ full: counters.map(withoutCount) });
});

it("counts nothing of a window that is over, nor of one that would end much later than one that begins now", () => {
  const counters = [
    { id: "a", count: 2, endsAtMs: 10, ...begun },
    { id: "b", count: 3, endsAtMs: 5_091, ...begun },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({
    counters: [
      { id: "a", count: 1, endsAtMs: 90, ...begun },
      { id: "b", count: 1, endsAtMs: 90, ...begun },
    ],
  });
});

it("counts nothing of a window that was open for its length, even if the clock was set back since", () => {
  const open = { id: "a", count: 2, endsAtMs: 90 };
  const at = (change: Partial<Begun>) => {
    const judged = judgeTake(buckets.slice(0, 1), [{ ...open, ...begun, ...change }], window);
    return "full" in judged;
  };
  expect(at({ begunUptimeMs: 921 })).toBe(true);
  expect(at({ begunUptimeMs: 920 })).toBe(false);
  expect(at({ begunUptimeMs: 920, era: "another machine" })).toBe(true);
  expect(at({ begunUptimeMs: null, era: null })).toBe(true);
});

it("continues a window that ends a little later than one that begins now: of another machine, up to a minute", () => {
  const at = (endsAtMs: number, era: string | null) => {
    const judged = judgeTake(
      buckets.slice(0, 1),
      [{ id: "a", count: 2, endsAtMs, begunUptimeMs: 1_000, era }],
      window,
    );
    return "full" in judged;
  };
  expect(at(60_090, "another machine")).toBe(true);
  expect(at(60_090, null)).toBe(true);
  expect(at(60_091, "another machine")).toBe(false);
  expect(at(5_090, begun.era)).toBe(true);
  expect(at(5_091, begun.era)).toBe(false);
});
