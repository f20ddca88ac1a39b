import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AppError } from "../../../../apps/server/src/error.js";
import { createQueue } from "../../../../apps/server/src/features/passwords/queue.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A task that ends when it is told to. */
function heldTask() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let started = false;
  const run = async () => {
    started = true;
    await ended;
  };
  return { run, end, started: () => started };
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const UNAVAILABLE = { definition: { code: "UNAVAILABLE", status: 503 }, retryAfterSeconds: 1 };

it("runs no more than so many at once, in the order in which they came", async () => {
  const queue = createQueue({ concurrency: 2, maxWaiting: 10, maxWaitMs: 1000 });
  const tasks = [heldTask(), heldTask(), heldTask(), heldTask()] as const;
  const runs = tasks.map((task) => queue.run(task.run));
  await settle();
  expect(tasks.map((task) => task.started())).toEqual([true, true, false, false]);
  tasks[1].end();
  await settle();
  expect(tasks.map((task) => task.started())).toEqual([true, true, true, false]);
  for (const task of tasks) task.end();
  await Promise.all(runs);
});

it("refuses at once when too many wait", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
  const [running, waiting] = [heldTask(), heldTask()];
  const runs = [queue.run(running.run), queue.run(waiting.run)];
  await settle();
  const refused = queue.run(async () => {});
  await expect(refused).rejects.toBeInstanceOf(AppError);
  await expect(refused).rejects.toMatchObject(UNAVAILABLE);
  running.end();
  waiting.end();
  await Promise.all(runs);
});

it("refuses what has waited too long, and gives its place to others", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
  const running = heldTask();
  const run = queue.run(running.run);
  const impatient = queue.run(async () => "never");
  const refusal = expect(impatient).rejects.toMatchObject(UNAVAILABLE);
  await vi.advanceTimersByTimeAsync(1000);
  await refusal;
  const next = queue.run(async () => "served");
  running.end();
  await run;
  expect(await next).toBe("served");
});

it("goes on after a task that failed", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 5, maxWaitMs: 1000 });
  const failing = queue.run(async () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(await queue.run(async () => "served")).toBe("served");
});
