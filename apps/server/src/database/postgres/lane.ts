import { DatabaseUnavailable } from "../availability.js";

/** Writes many of a kind as one. */
export type Lane<T, R> = (item: T) => Promise<R>;

export interface LaneOptions<T, R> {
  /** Writes all items with one statement, and so one commit; resolves to one result for each, in order. */
  write(items: readonly T[]): Promise<readonly R[]>;
}

/** How many share a statement. */
const MAX_BATCH = 250;
/** How many may wait; beyond that `DatabaseUnavailable` is raised at once. */
const MAX_WAITING = 10_000;

interface Waiting<T, R> {
  readonly item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * Gathers writes: one statement is under way, and what comes meanwhile shares the next. A write that comes alone
 * waits for the end of its turn of the event loop only.
 */
export function createLane<T, R>({ write }: LaneOptions<T, R>): Lane<T, R> {
  let waiting: Array<Waiting<T, R>> = [];
  let busy = false;

  const run = async () => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const batch = waiting.slice(0, MAX_BATCH);
    waiting = waiting.slice(MAX_BATCH);
    try {
      const results = await write(batch.map(({ item }) => item));
      // Safe: one result for each item.
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as R);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    busy = false;
    void run();
  };

  return (item) =>
    new Promise<R>((resolve, reject) => {
      if (waiting.length >= MAX_WAITING) return reject(new DatabaseUnavailable());
      waiting.push({ item, resolve, reject });
      setImmediate(() => void run());
    });
}
