import type { Metrics } from "../../world/metrics.js";
import type { WatchObserver } from "./changes.js";

/** What is counted of an open database. */
export interface Measures extends WatchObserver {
  /** Writes were sent together. */
  batch(size: number, waitedSeconds: number): void;
}

/** Records nothing if metrics are off. */
export function measurePostgres(metrics: Metrics | undefined, poolInUse: () => number): Measures {
  if (metrics === undefined) return { looked() {}, reset() {}, batch() {} };
  const look = metrics.durations({
    name: "latchkey_database_look_seconds",
    help: "How long PostgreSQL took to say what has changed. All requests of one turn of the event loop share a look.",
  })();
  const requests = metrics.counter({
    name: "latchkey_database_look_requests_total",
    help: "Readers of rows that are kept in memory. Divided by the number of looks: how many shared each.",
  })();
  const reset = metrics.counter({
    name: "latchkey_database_cursor_resets_total",
    help: "How often everything kept in memory was forgotten because PostgreSQL's history was another: after a failover or a restored backup.",
  })();
  const wait = metrics.durations({
    name: "latchkey_database_lane_wait_seconds",
    help: "How long the first write of each batch waited for the batch before it.",
  })();
  const writes = metrics.counter({
    name: "latchkey_database_lane_writes_total",
    help: "Writes that were sent in batches. Divided by the number of waits: how many shared each.",
  })();
  metrics.gauge(
    {
      name: "latchkey_database_pool_in_use",
      help: "Connections that transactions are using; DATABASE_POOL is the most there can be in each process.",
      together: "sum",
    },
    poolInUse,
  );
  return {
    looked(seconds, count) {
      look(seconds);
      requests(count);
    },
    reset: () => reset(),
    batch(size, waitedSeconds) {
      wait(waitedSeconds);
      writes(size);
    },
  };
}
