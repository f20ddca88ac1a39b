import { readFileSync } from "node:fs";

/**
 * A clock that cannot be set: it measures how long something took even if the machine's clock was changed
 * during that time. All processes of a machine read the same, from one start of the machine to the next.
 */
export interface Uptime {
  /** Identifies this machine since its last start; `undefined` if that cannot be known. */
  readonly era: string | undefined;
  /** Milliseconds since the machine started. */
  nowMs(): number;
}

export const systemUptime: Uptime = {
  era: eraOfMachine(),
  nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
};

function eraOfMachine(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Only Linux tells it.
    return undefined;
  }
}
