/** The time for a statement was over: PostgreSQL, or the way to it, stands still. */
export class TooLate extends Error {
  override readonly name = "TooLate";

  constructor() {
    super("PostgreSQL did not answer in time");
  }
}

/**
 * Calls back when the time is over, unless it is cleared before. Answers that arrived while this process was busy
 * are read first.
 */
export function startDeadline(ms: number, onOver: () => void): { clear(): void } {
  let isCleared = false;
  const timer = setTimeout(() => setImmediate(() => isCleared || onOver()), ms);
  return {
    clear() {
      isCleared = true;
      clearTimeout(timer);
    },
  };
}

/** Waits for something at most this long; its failure does not matter. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), over]);
  clearTimeout(timer);
}
