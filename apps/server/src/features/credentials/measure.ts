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

/** A queue that reports its length and how long tasks waited in it. */
export function measureQueue(queue: Queue, metrics: Metrics): Queue {
  const waited = metrics.durations({
    name: "latchkey_hash_wait_seconds",
    help: "How long password hashes waited for a core; refused ones are not included.",
  })();
  const gauge = (state: "running" | "waiting", help: string) =>
    metrics.gauge({ name: `latchkey_hash_${state}`, help, together: "sum" }, () => queue.state()[state]);
  gauge("running", "Password hashes that are being computed or are ready in a thread.");
  gauge("waiting", "Password hashes that are waiting for a core.");
  return {
    ...queue,
    run(owner, task) {
      const sinceMs = performance.now();
      return queue.run(owner, () => {
        waited((performance.now() - sinceMs) / 1000);
        return task();
      });
    },
  };
}
