import type { Metrics } from "../../world/metrics.js";
import type { ObserveHash } from "./hasher.js";
import type { Queue } from "./queue.js";

/** Records how long each hash took. */
export function observeHashes(metrics: Metrics): ObserveHash {
  const durations = metrics.durations({
    name: "latchkey_hash_duration_seconds",
    help:
      "How long computing a password hash took, by whether it was made or compared, without the time in " +
      "the queue.",
    labels: ["operation"],
  });
  const notes = { hash: durations("hash"), verify: durations("verify") };
  return (operation, seconds) => notes[operation](seconds);
}

/** Queues that report their length and how long tasks waited in them. */
export function measureQueues<N extends string>(
  queues: Readonly<Record<N, Queue>>,
  metrics: Metrics,
): Record<N, Queue> {
  const waited = metrics.durations({
    name: "latchkey_hash_wait_seconds",
    help: "How long password hashes waited for a core; refused ones are not included.",
  })();
  const all = Object.entries<Queue>(queues);
  const gauge = (state: "running" | "waiting", help: string) =>
    metrics.gauge({ name: `latchkey_hash_${state}`, help, together: "sum" }, () =>
      all.reduce((sum, [, queue]) => sum + queue.state()[state], 0),
    );
  gauge("running", "Password hashes that are being computed or are ready in a thread.");
  gauge("waiting", "Password hashes that are waiting for a core.");
  const measured = (queue: Queue): Queue => ({
    ...queue,
    run(turn, task) {
      const sinceMs = performance.now();
      return queue.run(turn, () => {
        waited((performance.now() - sinceMs) / 1000);
        return task();
      });
    },
  });
  // Safe: the names are the same.
  return Object.fromEntries(all.map(([name, queue]) => [name, measured(queue)])) as Record<N, Queue>;
}
