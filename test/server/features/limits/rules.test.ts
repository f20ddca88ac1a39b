import { expect, it } from "vitest";
import { type Counter, judgeTake } from "../../../../apps/server/src/features/limits/rules.js";

const buckets = [
  { id: "a", limit: 2 },
  { id: "b", limit: 3 },
];

const window = { nowMs: 10, endsAtMs: 90 };
const withoutCount = ({ id, endsAtMs }: Counter) => ({ id, endsAtMs });

it("counts one in each bucket, in the window that is open, or in one that begins", () => {
  expect(judgeTake(buckets, [{ id: "b", count: 2, endsAtMs: 50 }], window)).toEqual({
    counters: [
      { id: "a", count: 1, endsAtMs: 90 },
      { id: "b", count: 3, endsAtMs: 50 },
    ],
  });
});

it("counts in none where one is full, and says until when", () => {
  const counters: readonly Counter[] = [
    { id: "a", count: 2, endsAtMs: 40 },
    { id: "b", count: 1, endsAtMs: 70 },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({ full: counters.slice(0, 1).map(withoutCount) });
});

it("names all that are full", () => {
  const counters: readonly Counter[] = [
    { id: "a", count: 5, endsAtMs: 40 },
    { id: "b", count: 3, endsAtMs: 70 },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({ full: counters.map(withoutCount) });
});

it("counts nothing of a window that is over, nor of one that would end later than one that begins now", () => {
  const counters = [
    { id: "a", count: 2, endsAtMs: 10 },
    { id: "b", count: 3, endsAtMs: 91 },
  ];
  expect(judgeTake(buckets, counters, window)).toEqual({
    counters: [
      { id: "a", count: 1, endsAtMs: 90 },
      { id: "b", count: 1, endsAtMs: 90 },
    ],
  });
});
