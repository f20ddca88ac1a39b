import { unavailable } from "../../error.js";

/** Bounds of a queue. */
export interface QueueLimits {
  /** How many tasks run at once. */
  readonly concurrency: number;
  /** How many may wait; one more is refused at once. */
  readonly maxWaiting: number;
  /** How long one may wait before it is refused. */
  readonly maxWaitMs: number;
}

/** Runs tasks in order, some at once. */
export interface Queue {
  /** Resolves to what the task gives; rejects with `UNAVAILABLE` when it was refused or has waited too long. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** How many tasks run, and how many wait, at this moment. */
  state(): { readonly running: number; readonly waiting: number };
}

interface Waiting {
  start(): void;
  readonly timer: NodeJS.Timeout;
}

/** A queue that refuses early rather than late: who waits in vain takes the place of who could be served. */
export function createQueue({ concurrency, maxWaiting, maxWaitMs }: QueueLimits): Queue {
  const waiting = new Set<Waiting>();
  let running = 0;

  const startNext = () => {
    const [next] = waiting;
    if (next === undefined || running >= concurrency) return;
    waiting.delete(next);
    clearTimeout(next.timer);
    running++;
    next.start();
  };

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      if (waiting.size >= maxWaiting) return reject(unavailable());
      const giveUp = () => {
        waiting.delete(entry);
        reject(unavailable());
      };
      const entry: Waiting = { start: resolve, timer: setTimeout(giveUp, maxWaitMs) };
      waiting.add(entry);
      startNext();
    });

  return {
    async run(task) {
      await turn();
      try {
        return await task();
      } finally {
        running--;
        startNext();
      }
    },
    state: () => ({ running, waiting: waiting.size }),
  };
}
