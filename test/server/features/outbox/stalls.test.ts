import { expect, it } from "vitest";
import { rememberStalls } from "../../../../apps/server/src/features/outbox/stalls.js";

const HOUR_MS = 3_600_000;
const to = (domain: string, askedFrom = "a") => ({ askedFrom, recipientKey: `san@${domain}` });
const slow = { beganAtMs: 0, nowMs: 10_000 };

it("a stall is remembered for two hours, also by a clock that was put back", () => {
  const stalls = rememberStalls();
  stalls.note(to("slow.example"), slow);
  stalls.note(to("fast.example"), { beganAtMs: 0, nowMs: 9_999 });
  expect(stalls.recent(HOUR_MS)).toEqual([to("slow.example")]);
  expect(stalls.recent(2 * HOUR_MS + 10_000)).toEqual([]);
  expect(stalls.recent(-2 * HOUR_MS)).toEqual([]);
});

it("a stall is forgotten after a faster attempt for the same site and domain", () => {
  const stalls = rememberStalls();
  for (const site of ["a", "b"]) stalls.note(to("slow.example", site), slow);
  stalls.note(to("slow.example", "a"), { beganAtMs: 20_000, nowMs: 20_500 });
  expect(stalls.recent(21_000)).toEqual([to("slow.example", "b")]);
});

it("the thousand last stalls are remembered, and no more", () => {
  const stalls = rememberStalls();
  for (let i = 0; i < 1001; i++) stalls.note(to(`slow${i}.example`), slow);
  const recent = stalls.recent(20_000);
  expect([recent.length, recent[0], recent.at(-1)]).toEqual([
    1000,
    to("slow1.example"),
    to("slow1000.example"),
  ]);
});
