import { unavailable } from "../../error.js";

/** Bounds of a queue. */
export interface QueueLimits {
  /** How many tasks run at once. */
  readonly concurrency: number;
  /** How many may wait; beyond that, one is refused at once. */
  readonly maxWaiting: number;
  /** How long one may wait before it is refused. */
  readonly maxWaitMs: number;
}

/**
 * Runs tasks, several at once, taking turns between owners: an owner with many waiting tasks does not delay
 * the others.
 */
export interface Queue {
  /** Resolves to the task's result; rejects with `UNAVAILABLE` if it was refused or has waited too long. */
  run<T>(owner: string, task: () => Promise<T>): Promise<T>;
  /** How many tasks are running and waiting at this moment. */
  state(): { readonly running: number; readonly waiting: number };
}

interface Waiting {
  start(): void;
  refuse(): void;
}

/**
 * A queue that refuses early rather than late: a task that waits in vain takes the place of one that could be
 * served.
 */
export function createQueue({ concurrency, maxWaiting, maxWaitMs }: QueueLimits): Queue {
  /** Each owner's tasks in order; the owners in the order in which they are served next. */
  const owners = new Map<string, Set<Waiting>>();
  let waiting = 0;
  let running = 0;

  const remove = (owner: string, entry: Waiting) => {
    const own = owners.get(owner);
    if (!own?.delete(entry)) return;
    waiting--;
    if (own.size === 0) owners.delete(owner);
  };

  const startNext = () => {
    if (running >= concurrency) return;
    for (const [owner, own] of owners) {
      const [next] = own;
      if (next === undefined) continue;
      remove(owner, next);
      // To the end of the line, if it has more tasks.
      if (owners.delete(owner)) owners.set(owner, own);
      running++;
      next.start();
      return;
    }
  };

  /**
   * If all places are taken, the last task of the owner with the most tasks is dropped, unless that owner is
   * the one asking.
   */
  const makeRoom = (owner: string): boolean => {
    const [greediest, most] = [...owners].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    const last = [...most].at(-1);
    if (last === undefined || most.size <= (owners.get(owner)?.size ?? 0) + 1) return false;
    remove(greediest, last);
    last.refuse();
    return true;
  };

  const turnOf = (owner: string) =>
    new Promise<void>((resolve, reject) => {
      if (waiting >= maxWaiting && !makeRoom(owner)) return reject(unavailable());
      const giveUp = () => {
        remove(owner, entry);
        reject(unavailable());
      };
      const timer = setTimeout(giveUp, maxWaitMs);
      const settled = (settle: () => void) => () => {
        clearTimeout(timer);
        settle();
      };
      const entry: Waiting = { start: settled(resolve), refuse: settled(() => reject(unavailable())) };
      owners.set(owner, (owners.get(owner) ?? new Set()).add(entry));
      waiting++;
      startNext();
    });

  return {
    async run(owner, task) {
      await turnOf(owner);
      try {
        return await task();
      } finally {
        running--;
        startNext();
      }
    },
    state: () => ({ running, waiting }),
  };
}
