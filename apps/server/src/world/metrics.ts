import type { Gauge as PromGauge, Registry } from "prom-client";
import { measureLoopLag, NEVER } from "./loop-lag.js";

/** A metric, declared by the code that updates it. */
export interface MetricDeclaration {
  readonly name: `latchkey_${string}`;
  /** What it means, with its unit: a sentence for the operator. */
  readonly help: string;
  /**
   * Their values come from a short list in the code, never from a request, whose sender could create
   * millions.
   */
  readonly labels?: readonly string[];
}

/** A gauge also says how the readings of several processes are combined. */
export interface GaugeDeclaration extends MetricDeclaration {
  readonly together: "sum" | "min";
}

/** The response to a scraper. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Gives the current values of all metrics. */
export type Expose = () => Promise<Exposition>;

/** The numbers of one process, to be combined with those of others. */
export type Snapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** Increases a counter, by one unless given. */
export type Count = (by?: number) => void;

/** Keeps numbers for monitoring. Absent if metrics are off: then nothing is recorded. */
export interface Metrics {
  /** Counts events. Returns the counter for given label values; code that counts often should keep it. */
  counter(declaration: MetricDeclaration): (...labels: readonly string[]) => Count;
  /** Sorts durations in seconds into buckets, per list of label values. */
  durations(declaration: MetricDeclaration): (...labels: readonly string[]) => (seconds: number) => void;
  /** Reads a number at each scrape. */
  gauge(declaration: GaugeDeclaration, read: () => number): void;
  /** Called at each request: as long as they come, the event loop's lag is observed. */
  observeLoop(): void;
  readonly expose: Expose;
  snapshot(): Promise<Snapshot>;
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts by the value of one label, and keeps the counter of each value. There must be few values. */
export function countBy(countOf: (value: string) => Count): (value: string) => void {
  const counts = new Map<string, Count>();
  return (value) => {
    let count = counts.get(value);
    if (count === undefined) {
      count = countOf(value);
      counts.set(value, count);
    }
    count();
  };
}

/** Opens the metrics of this process, including Node's own from the start unless that is `false`. */
export async function openMetrics({ ofNode = true } = {}): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await load();
  const registry = new Registry();
  if (ofNode) collectDefaultMetrics({ register: registry, ...NEVER });
  const observeLoop = ofNode ? measureLoopLag(registry, Gauge) : () => {};
  const options = ({ name, help, labels = [] }: MetricDeclaration) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter(declaration) {
      const counter = new Counter(options(declaration));
      return (...labels) => {
        const child = counter.labels(...labels);
        // Initialised with zero: an increase is visible only if there was a number before.
        child.inc(0);
        return (by = 1) => child.inc(by);
      };
    },
    durations(declaration) {
      const histogram = new Histogram({ ...options(declaration), buckets: DURATION_BUCKETS_SECONDS });
      return (...labels) => {
        const child = histogram.labels(...labels);
        return (seconds) => child.observe(seconds);
      };
    },
    gauge(declaration, read) {
      const gauge: PromGauge = new Gauge({
        ...options(declaration),
        aggregator: declaration.together,
        collect: () => gauge.set(read()),
      });
    },
    observeLoop,
    expose: () => exposition(registry),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** Exposes the sum of several processes. */
export async function openSum(snapshots: () => Promise<readonly Snapshot[]>): Promise<Expose> {
  const { AggregatorRegistry } = await load();
  return async () => exposition(AggregatorRegistry.aggregate([...(await snapshots())]));
}

async function exposition(registry: Registry): Promise<Exposition> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Loaded only if metrics are on, so that other starts do not wait for it. */
async function load() {
  return (await import("prom-client")).default;
}
