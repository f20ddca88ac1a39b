/** Shows the progress of a long task on standard error. */
export interface Progress {
  update(done: number, total: number): void;
  /** Ends the line. */
  end(): void;
}

interface ProgressOptions {
  /** For example `Importing`. */
  readonly doing: string;
  /** For example `rows`. */
  readonly unit: string;
  readonly stream: { readonly isTTY?: boolean; write(text: string): boolean };
  readonly nowMs?: () => number;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5000;
const BAR_WIDTH = 24;

/** A bar on a terminal; elsewhere a line now and then. */
export function startProgress({
  doing,
  unit,
  stream,
  nowMs = () => performance.now(),
}: ProgressOptions): Progress {
  let first: { readonly done: number; readonly atMs: number } | undefined;
  let lastMs = nowMs();
  return {
    update(done, total) {
      const now = nowMs();
      // Earlier work, from a previous run or from scanning the file, does not count for the rate.
      first ??= { done, atMs: now };
      if (now - lastMs < (stream.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
      lastMs = now;
      const perSecond = (1000 * (done - first.done)) / Math.max(1, now - first.atMs);
      const text = describeProgress({ done, total, unit, perSecond });
      stream.write(stream.isTTY ? `\r\x1b[2K${doing} ${bar(done, total)} ${text}` : `${doing}: ${text}\n`);
    },
    end() {
      if (stream.isTTY) stream.write("\r\x1b[2K");
    },
  };
}

/** Shows nothing: for programs that read a command's output. */
export const silentProgress: Progress = { update() {}, end() {} };

/** `45 %, 45,000 of 100,000 rows, 12,300/s, 5 s left`. */
export function describeProgress({
  done,
  total,
  unit,
  perSecond,
}: {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly perSecond: number;
}): string {
  const count = (value: number) => Math.round(value).toLocaleString("en");
  const parts = [`${Math.floor(100 * share(done, total))} %`, `${count(done)} of ${count(total)} ${unit}`];
  if (perSecond > 0) parts.push(`${count(perSecond)}/s`, `${duration((total - done) / perSecond)} left`);
  return parts.join(", ");
}

function bar(done: number, total: number): string {
  const full = Math.floor(BAR_WIDTH * share(done, total));
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}

function share(done: number, total: number): number {
  return total <= 0 ? 1 : Math.min(1, done / total);
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
