import type { Readable, Writable } from "node:stream";

/** What a command finds around it: what a process has, given to it. Files are named relative to the present folder. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly environment: NodeJS.ProcessEnv;
  /** Does what may be stopped half-way; while it lasts, a wish to stop aborts the signal and ends nothing itself. */
  interruptible<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T>;
}

/** Where a command writes to: a terminal, or something else. */
type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };
