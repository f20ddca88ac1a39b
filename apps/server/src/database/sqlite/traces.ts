import { statSync } from "node:fs";
import { noteOf } from "./last-backup.js";
import { realPathOf } from "./real-path.js";
import { reserveOf } from "./reserve.js";

/**
 * The files that show that there was a database at this path, if its own file is missing or empty: a first
 * start leaves none of them behind, not even one that was killed.
 */
export function tracesOfLost(path: string): readonly string[] {
  if (sizeOf(path) > 0) return [];
  return [noteOf(path), reserveOf(path), `${realPathOf(path)}-wal`].filter((trace) => sizeOf(trace) > 0);
}

/** Throws `DATABASE_LOST` where an empty database would be created in the place of one that was lost. */
export function assertNotLost(path: string): void {
  const traces = tracesOfLost(path);
  if (traces.length === 0) return;
  throw Object.assign(new Error("the database's file is missing or empty"), {
    code: "DATABASE_LOST",
    traces,
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
