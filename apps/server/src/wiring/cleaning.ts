import type { Log } from "../world/log.js";

const CLEANING_INTERVAL_MS = 10 * 60 * 1000;
const CLEANING_PAUSE_MS = 1000;

/** Deletes some expired rows, so few at once that no request has to wait for it; resolves to how many. */
export type CleaningTask = () => Promise<number>;

/**
 * Runs each feature's task in the background: soon again if there was something to delete, otherwise after a
 * while. Returns how to stop.
 */
export function startCleaning(tasks: ReadonlyArray<CleaningTask>, log: Log): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const schedule = (task: CleaningTask, delayMs: number) => {
    const timer = setTimeout(async () => {
      timers.delete(timer);
      const rows = await task().catch((error: unknown) => {
        log("warn", "cleaning failed", { error });
        return 0;
      });
      if (!stopped) schedule(task, rows > 0 ? CLEANING_PAUSE_MS : CLEANING_INTERVAL_MS);
    }, delayMs);
    timers.add(timer.unref());
  };
  let stopped = false;
  for (const task of tasks) schedule(task, CLEANING_INTERVAL_MS);
  return () => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
  };
}
