import type { Readable, Writable } from "node:stream";

/** A command's access to the process that it runs in. File names are relative to the current folder. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly environment: NodeJS.ProcessEnv;
  /**
   * Runs work that may be stopped half-way; meanwhile a stop signal aborts `stop` and ends nothing itself.
   */
  interruptible<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T>;
}

/** Where a command writes: a terminal, or something else. */
type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };
