import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Gauge, Registry } from "prom-client";

/** How long after the last request the event loop is still observed. */
const LINGER_MS = 1000;
/** How often it is observed until then. */
const RESOLUTION_MS = 10;

type Histogram = ReturnType<typeof monitorEventLoopDelay>;

/** What prom-client itself calls these metrics, and how the readings of several processes are combined. */
const READINGS: ReadonlyArray<readonly [name: string, aggregator: "min" | "max" | "average", Read]> = [
  ["min", "min", ({ min }) => min],
  ["max", "max", ({ max }) => max],
  ["mean", "average", ({ mean }) => mean],
  ["stddev", "average", ({ stddev }) => stddev],
  ["p50", "average", (histogram) => histogram.percentile(50)],
  ["p90", "average", (histogram) => histogram.percentile(90)],
  ["p99", "average", (histogram) => histogram.percentile(99)],
];
type Read = (histogram: Histogram) => number;

/** The option with which prom-client's own sampling does not wake the process every 10 ms. */
export const NEVER = { eventLoopMonitoringPrecision: 2 ** 31 - 1 };

/**
 * Replaces prom-client's metrics of the event loop's lag, which it samples even while there is nothing to do.
 * Returns what is called at each request: the loop is observed from then on, until no more come.
 */
export function measureLoopLag(registry: Registry, GaugeClass: typeof Gauge): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const gauges = READINGS.map(([reading, aggregator, read], index) => {
    const name = `nodejs_eventloop_lag_${reading}_seconds`;
    registry.removeSingleMetric(name);
    const help = `The event loop's lag since the last scrape while there were requests: ${reading}.`;
    // The first one reads for all, so that all describe the same time.
    const collect = index === 0 ? { collect: readAll } : {};
    return { gauge: new GaugeClass({ name, help, aggregator, registers: [registry], ...collect }), read };
  });
  function readAll() {
    for (const { gauge, read } of gauges) gauge.set(histogram.count === 0 ? 0 : read(histogram) / 1e9);
    histogram.reset();
  }
  return observeWhileBusy(histogram);
}

function observeWhileBusy(histogram: Histogram): () => void {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  const look = () => {
    if (busy) {
      busy = false;
      return;
    }
    clearInterval(timer);
    timer = undefined;
    histogram.disable();
  };
  return () => {
    busy = true;
    if (timer !== undefined) return;
    histogram.enable();
    timer = setInterval(look, LINGER_MS).unref();
  };
}
