import { expect, it } from "vitest";
import { judgeTake } from "../../../../apps/server/src/features/limits/rules.js";

const buckets = [
  { id: "a", limit: 2 },
  { id: "b", limit: 3 },
];

it("counts one in each bucket, in the window that is open, or in one that begins", () => {
  expect(judgeTake(buckets, [{ id: "b", count: 2, endsAtMs: 50 }], 90)).toEqual({
    counters: [
      { id: "a", count: 1, endsAtMs: 90 },
      { id: "b", count: 3, endsAtMs: 50 },
    ],
  });
});

it("counts in none where one is full, and says until when", () => {
  const counters = [
    { id: "a", count: 2, endsAtMs: 40 },
    { id: "b", count: 1, endsAtMs: 70 },
  ];
  expect(judgeTake(buckets, counters, 90)).toEqual({ fullUntilMs: 40 });
});

it("is full until the last of several is not", () => {
  const counters = [
    { id: "a", count: 5, endsAtMs: 40 },
    { id: "b", count: 3, endsAtMs: 70 },
  ];
  expect(judgeTake(buckets, counters, 90)).toEqual({ fullUntilMs: 70 });
});
