import type { Metrics } from "../../platform/metrics.js";
import type { Hasher } from "./hasher.js";
import type { Queue } from "./queue.js";

/** A hasher that tells how long each hash took. */
export function measureHasher(hasher: Hasher, metrics: Metrics): Hasher {
  const durations = metrics.durations({
    name: "latchkey_hash_duration_seconds",
    help: "How long Argon2 took, by whether a hash was made or compared, without the time in the queue.",
    labels: ["operation"],
  });
  const hashed = durations("hash");
  const verified = durations("verify");
  return {
    ...hasher,
    hash: (password, parameters) => timed(() => hasher.hash(password, parameters), hashed),
    verify: (hash, password) => timed(() => hasher.verify(hash, password), verified),
  };
}

/** A queue that tells how long it is, and how long tasks waited in it. */
export function measureQueue(queue: Queue, metrics: Metrics): Queue {
  const waited = metrics.durations({
    name: "latchkey_hash_wait_seconds",
    help: "How long password hashes waited for a core; those that were refused are not among them.",
  })();
  const gauge = (state: "running" | "waiting", help: string) =>
    metrics.gauge({ name: `latchkey_hash_${state}`, help, together: "sum" }, () => queue.state()[state]);
  gauge("running", "Password hashes that are being computed.");
  gauge("waiting", "Password hashes that wait for a core.");
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

async function timed<T>(task: () => Promise<T>, record: (seconds: number) => void): Promise<T> {
  const startMs = performance.now();
  const value = await task();
  record((performance.now() - startMs) / 1000);
  return value;
}
