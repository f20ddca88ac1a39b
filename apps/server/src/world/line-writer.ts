import type { Outlet } from "./outlet.js";

/**
 * Writes lines without waiting for their reader. If it or its disk does not take them, the lines are held up
 * to a limit, and those beyond it are dropped and counted.
 */
export interface LineWriter {
  /** Takes a line with its end. */
  write(line: string): void;
  /** Called whenever lines are dropped, and at once for those that were dropped before. */
  onDrop(count: (lines: number) => void): void;
  /** Called once when lines are written again, with how many were dropped until then. */
  onRecovery(report: (lines: number) => void): void;
  /** Resolves when everything is written, or when that takes too long. */
  flush(): Promise<void>;
}

/** The most that is held for a reader that does not read: about a thousand lines. */
const MAX_HELD_CHARACTERS = 256 * 1024;
/** How long a line waits for others: a write costs as much for one line as for a hundred. */
const GATHER_MS = 10;
/** After a write, this much is written without waiting for more. */
const MANY_CHARACTERS = 4096;
/** How soon a reader that is slow is tried again, and one that does not read at all. */
const SLOW_READER_MS = 10;
const STOPPED_READER_MS = 250;
/** How soon a disk that takes nothing is tried again. */
const RETRY_MS = 1000;
/** How long the end of a process waits for a reader. */
const FLUSH_MS = 500;

export function createLineWriter(outlet: Outlet): LineWriter {
  let held: string[] = [];
  let heldCharacters = 0;
  /** What was taken from the held lines and is not written yet. */
  let chunk: Buffer | undefined;
  let linesInChunk = 0;
  let charactersInChunk = 0;
  let state: "idle" | "gathering" | "writing" | "waiting" = "idle";
  let timer: NodeJS.Timeout | undefined;
  let patienceMs = SLOW_READER_MS;
  let dropped = 0;
  let unreported = 0;
  let tellDrop: (lines: number) => void = () => {};
  let tellRecovery: (lines: number) => void = () => {};
  let whenIdle: Array<() => void> = [];

  const drop = (lines: number) => {
    dropped += lines;
    unreported += lines;
    tellDrop(lines);
  };

  const write = (line: string) => {
    if (heldCharacters + line.length > MAX_HELD_CHARACTERS) return drop(1);
    held.push(line);
    heldCharacters += line.length;
    if (state === "idle") gather();
  };

  const gather = () => {
    state = "gathering";
    timer = setTimeout(writeNext, GATHER_MS).unref();
  };

  const writeNext = () => {
    state = "writing";
    chunk ??= takeChunk();
    if (chunk === undefined) return becomeIdle();
    const bytes = chunk;
    outlet.write(bytes, (error, written) => {
      if (error !== null) return fail(error);
      patienceMs = SLOW_READER_MS;
      chunk = written < bytes.length ? bytes.subarray(written) : undefined;
      if (chunk === undefined) {
        // Only now is there room again, also for the report.
        heldCharacters -= charactersInChunk;
        if (unreported > 0) reportDropped();
        const isLittle = heldCharacters > 0 && heldCharacters < MANY_CHARACTERS;
        if (isLittle && whenIdle.length === 0) return gather();
      }
      writeNext();
    });
  };

  const reportDropped = () => {
    const lines = unreported;
    unreported = 0;
    tellRecovery(lines);
    // The report itself had no room.
    if (unreported > 0) unreported += lines;
  };

  const takeChunk = () => {
    let end = 0;
    let size = 0;
    for (const line of held) {
      size += Buffer.byteLength(line);
      if (end > 0 && size > outlet.bytesAtOnce) break;
      end++;
    }
    if (end === 0) return undefined;
    const text = held.slice(0, end).join("");
    held = held.slice(end);
    linesInChunk = end;
    charactersInChunk = text.length;
    return Buffer.from(text);
  };

  const fail = ({ code = "" }: NodeJS.ErrnoException) => {
    // It does not read any more: what is held is of no use to it.
    if (code === "EPIPE" || code.startsWith("ERR_STREAM")) {
      drop(linesInChunk + held.length);
      held = [];
      heldCharacters = 0;
      chunk = undefined;
      return becomeIdle();
    }
    state = "waiting";
    const delayMs = code === "EAGAIN" ? patienceMs : RETRY_MS;
    patienceMs = Math.min(2 * patienceMs, STOPPED_READER_MS);
    timer = setTimeout(writeNext, delayMs).unref();
  };

  const becomeIdle = () => {
    state = "idle";
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  return {
    write,
    onDrop(count) {
      tellDrop = count;
      if (dropped > 0) count(dropped);
    },
    onRecovery(report) {
      tellRecovery = report;
    },
    flush: () =>
      new Promise((resolve) => {
        if (state === "idle") return resolve();
        const patience = setTimeout(resolve, FLUSH_MS);
        whenIdle.push(() => {
          clearTimeout(patience);
          resolve();
        });
        if (state === "writing") return;
        clearTimeout(timer);
        writeNext();
      }),
  };
}
