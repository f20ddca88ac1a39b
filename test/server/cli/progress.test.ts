import { expect, it } from "vitest";
import { startProgress } from "../../../apps/server/src/cli/progress.js";

function watch(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  const progress = startProgress({ doing: "Importing", unit: "rows", stream, nowMs: () => now });
  return {
    written,
    progress,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

it("draws a bar with rate and remaining time on a terminal, and removes it at the end", () => {
  const { written, progress, wait } = watch(true);
  wait(60_000);
  progress.update(1000, 10_000);
  wait(2000);
  progress.update(5000, 10_000);
  progress.update(5001, 10_000);
  progress.end();
  expect(written.slice(-2)).toEqual([
    "\r\x1b[2KImporting [############------------] 50 %, 5,000 of 10,000 rows, 2,000/s, 3 s left",
    "\r\x1b[2K",
  ]);
});

it("writes a line now and then if there is no terminal", () => {
  const { written, progress, wait } = watch(false);
  progress.update(0, 100_000);
  for (let i = 1; i <= 100; i++) {
    wait(100);
    progress.update(i, 100_000);
  }
  progress.end();
  expect(written).toEqual([
    "Importing: 0 %, 50 of 100,000 rows, 10/s, 166 min 35 s left\n",
    "Importing: 0 %, 100 of 100,000 rows, 10/s, 166 min 30 s left\n",
  ]);
});
