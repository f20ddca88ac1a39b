import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";

const PREFERRED = -10;

/**
 * Lets a server that tests use run before them: it must answer within our time limits, also where more tests run
 * than there are cores. Only root may do that; elsewhere nothing changes.
 */
export function preferOverTests({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, PREFERRED);
  } catch {
    // Another user than root.
  }
}
