import { DatabaseUnavailable } from "../availability.js";
import { isConflict } from "./failure.js";

/** Writes many of a kind as one. */
export type Lane<T, R> = (item: T) => Promise<R>;

export interface LaneOptions<T, R> {
  /**
   * Writes all items with one statement or transaction, so that all of them are kept or none; resolves to one
   * result for each, in order.
   */
  write(items: readonly T[]): Promise<readonly R[]>;
  /** Told of each batch: how many writes it had, and how long the first of them had waited. */
  readonly onBatch?: ((size: number, waitedSeconds: number) => void) | undefined;
}

/** A lane, and what its database needs to know of it. */
export interface OpenLane<T, R> {
  readonly add: Lane<T, R>;
  /** Resolves once everything that was added is written or has failed. */
  settled(): Promise<void>;
}

/** How many share a statement. */
const MAX_BATCH = 250;
/** How many may wait; beyond that `DatabaseUnavailable` is raised at once. */
const MAX_WAITING = 10_000;
/** How often a batch is written again after a conflict with another transaction. */
const TRIES = 3;

interface Waiting<T, R> {
  readonly item: T;
  readonly sinceMs: number;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * Gathers writes: one statement is under way, and what comes meanwhile shares the next. A write that comes alone
 * waits for the end of its turn of the event loop only. If a statement fails because of one item, each is written
 * by itself, so that it fails alone. If the database cannot answer, everything that waits fails at once.
 */
export function createLane<T, R>({ write, onBatch }: LaneOptions<T, R>): OpenLane<T, R> {
  const waiting: Array<Waiting<T, R>> = [];
  let running: Promise<void> | undefined;

  const writeAgain = async (items: readonly T[]): Promise<readonly R[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return await write(items);
      } catch (error) {
        if (!isConflict(error) || tries === TRIES) throw error;
      }
    }
  };

  const writeAll = async (batch: ReadonlyArray<Waiting<T, R>>): Promise<void> => {
    try {
      const results = await writeAgain(batch.map(({ item }) => item));
      // Safe: one result for each item.
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as R);
    } catch (error) {
      if (batch.length > 1 && !(error instanceof DatabaseUnavailable)) {
        for (const each of batch) await writeAll([each]);
        return;
      }
      // What waits would fail as well, one time limit after the other.
      const failed = error instanceof DatabaseUnavailable ? [...batch, ...waiting.splice(0)] : batch;
      for (const { reject } of failed) reject(error);
    }
  };

  const runAll = async () => {
    // What is added in this turn of the event loop comes along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      const [first] = batch;
      if (first !== undefined) onBatch?.(batch.length, (performance.now() - first.sinceMs) / 1000);
      await writeAll(batch);
    }
    running = undefined;
  };

  return {
    add: (item) =>
      new Promise<R>((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(new DatabaseUnavailable());
        waiting.push({ item, sinceMs: performance.now(), resolve, reject });
        running ??= runAll();
      }),
    settled: async () => running,
  };
}
