import { isatty } from "node:tty";
import { createLineWriter, type LineWriter } from "../world/line-writer.js";
import { type Log, openLog } from "../world/log.js";
import type { Metrics } from "../world/metrics.js";
import { openOutlet } from "../world/outlet.js";

/** Everything that the server writes: its log, and sentences for the operator who starts it. */
export interface Output {
  /** JSON lines, on standard output. */
  readonly lines: LineWriter;
  /** Sentences, on standard error. */
  readonly sentences: LineWriter;
  /** Whether a person is watching standard output. */
  readonly isWatched: boolean;
  /** Ends the process when everything is written, or when that takes too long. */
  exit(exitCode: number): Promise<never>;
}

export function openOutput(): Output {
  const lines = createLineWriter(openOutlet(1, () => process.stdout));
  const sentences = createLineWriter(openOutlet(2, () => process.stderr));
  return {
    lines,
    sentences,
    isWatched: isatty(1),
    async exit(exitCode) {
      await Promise.all([lines.flush(), sentences.flush()]);
      process.exit(exitCode);
    },
  };
}

/** Opens the log over the output, which also gets what Node itself would write. */
export function openServerLog(level: string, { lines, sentences, exit }: Output): Log {
  const log = openLog(level, lines);
  for (const writer of [lines, sentences]) {
    writer.onRecovery((count) =>
      log("warn", "lines were dropped, because they could not be written", { count }),
    );
  }
  // Node would write the message, which may quote its input, and wait for the reader.
  process.removeAllListeners("warning").on("warning", (error) => log("warn", "Node warns", { error }));
  process.on("uncaughtException", (error) => {
    log("fatal", "uncaught failure: the process ends", { error });
    void exit(1);
  });
  return log;
}

/** Counts the lines that the output's readers did not take. */
export function measureOutput({ lines, sentences }: Output, metrics: Metrics): void {
  const count = metrics.counter({
    name: "latchkey_log_lines_dropped_total",
    help: "Lines that were dropped because they could not be written: a full disk, or a reader that stopped.",
  })();
  for (const writer of [lines, sentences]) writer.onDrop(count);
}
