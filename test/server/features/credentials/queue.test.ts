import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AppError } from "../../../../apps/server/src/error.js";
import { createQueue, type Turn } from "../../../../apps/server/src/features/credentials/queue.js";
import { HASH_KINDS, type HashKind } from "../../../../apps/server/src/features/credentials/rules.js";
import { originOf } from "../../../support/origin.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = (network: string, kind: HashKind = "known", isGone = () => false): Turn => ({
  kind,
  from: { ...originOf(network), isGone },
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

it("runs no more than this many at once, in the order in which they came", async () => {
  const queue = createQueue({ concurrency: 2, maxWaiting: 10, maxWaitMs: 1000 });
  const tasks = [heldTask(), heldTask(), heldTask(), heldTask()] as const;
  const runs = tasks.map((task) => queue.run(turn("a"), task.run));
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
  const runs = [queue.run(turn("a"), running.run), queue.run(turn("a"), waiting.run)];
  await settle();
  const refused = queue.run(turn("a"), async () => {});
  await expect(refused).rejects.toBeInstanceOf(AppError);
  await expect(refused).rejects.toMatchObject(UNAVAILABLE);
  running.end();
  waiting.end();
  await Promise.all(runs);
});

it("refuses what has waited too long, and gives its place to others", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
  const running = heldTask();
  const run = queue.run(turn("a"), running.run);
  const impatient = queue.run(turn("a"), async () => "never");
  const refusal = expect(impatient).rejects.toMatchObject(UNAVAILABLE);
  await vi.advanceTimersByTimeAsync(1000);
  await refusal;
  const next = queue.run(turn("a"), async () => "served");
  running.end();
  await run;
  expect(await next).toBe("served");
});

it("continues after a task that failed", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 5, maxWaitMs: 1000 });
  const failing = queue.run(turn("a"), async () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(await queue.run(turn("a"), async () => "served")).toBe("served");
});

it("serves owners in turn, however many tasks one of them has waiting", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 10, maxWaitMs: 1000 });
  const served: string[] = [];
  const run = (owner: string, name: string) =>
    queue.run(turn(owner), async () => {
      served.push(name);
    });
  await Promise.all([
    run("a", "a1"),
    run("a", "a2"),
    run("a", "a3"),
    run("b", "b1"),
    run("b", "b2"),
    run("c", "c1"),
  ]);
  expect(served).toEqual(["a1", "a2", "b1", "c1", "a3", "b2"]);
});

it("makes room for others at the cost of the owner with most tasks waiting", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 3, maxWaitMs: 1000 });
  const running = heldTask();
  const first = queue.run(turn("flood"), running.run);
  const flood = ["f1", "f2", "f3"].map((name) => queue.run(turn("flood"), async () => name));
  await settle();
  const refusedLast = expect(flood[2]).rejects.toMatchObject(UNAVAILABLE);
  const honest = queue.run(turn("honest"), async () => "served");
  await refusedLast;
  await expect(queue.run(turn("flood"), async () => "f4")).rejects.toMatchObject(UNAVAILABLE);
  running.end();
  expect(await Promise.all([first, ...flood.slice(0, 2), honest])).toEqual([undefined, "f1", "f2", "served"]);
  expect(queue.state()).toEqual({ running: 0, waiting: 0 });
});

it.each(HASH_KINDS.filter((kind) => kind !== "known"))(
  "computes the hash of a sign-in from a known place at once, however many of the kind %s wait",
  async (kind) => {
    const queue = createQueue({ concurrency: 4, maxWaiting: 10, maxWaitMs: 1000 });
    const flood = Array.from({ length: 14 }, (_, i) => ({ i, task: heldTask() }));
    const runs = flood.map(({ i, task }) => queue.run(turn(`network ${i}`, kind), task.run).catch(() => {}));
    await settle();
    expect(queue.state()).toEqual({ running: 2, waiting: 10 });
    expect(await queue.run(turn("home"), async () => "served")).toBe("served");
    for (const { task } of flood) task.end();
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all(runs);
  },
);

it("gives the next place to a kind that had none, at the cost of the kind with the most waiting", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 3, maxWaitMs: 1000 });
  const running = heldTask();
  const first = queue.run(turn("a", "registration"), running.run);
  const served: string[] = [];
  const run = (network: string, kind: HashKind) =>
    queue.run(turn(network, kind), async () => {
      served.push(`${kind} of ${network}`);
    });
  const flood = Array.from({ length: 3 }, () => run("b", "registration"));
  const refused = [1, 2].map((i) => expect(flood[i]).rejects.toMatchObject(UNAVAILABLE));
  const honest = [run("home", "known"), run("abroad", "recovery")];
  await Promise.all(refused);
  await vi.advanceTimersByTimeAsync(100);
  running.end();
  await Promise.all([first, flood[0], ...honest]);
  expect(served).toEqual(["known of home", "recovery of abroad", "registration of b"]);
});

it("computes nothing for a client that has hung up by its turn", async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 5, maxWaitMs: 1000 });
  const running = heldTask();
  const first = queue.run(turn("a"), running.run);
  let isGone = false;
  const gone = heldTask();
  const left = queue.run(
    turn("a", "known", () => isGone),
    gone.run,
  );
  const refusal = expect(left).rejects.toMatchObject(UNAVAILABLE);
  const next = queue.run(turn("a"), async () => "served");
  isGone = true;
  running.end();
  await Promise.all([first, refusal]);
  expect([await next, gone.started()]).toEqual(["served", false]);
  expect(queue.state()).toEqual({ running: 0, waiting: 0 });
});
