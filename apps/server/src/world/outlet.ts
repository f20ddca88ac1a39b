import { closeSync, constants, fstatSync, openSync, write } from "node:fs";
import type { Writable } from "node:stream";

/** A file descriptor to which lines are written without ever waiting for its reader. */
export interface Outlet {
  /** How much should be written at once. */
  readonly bytesAtOnce: number;
  /** Calls back with how many bytes were taken, which may be fewer than there are. */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void;
  close(): void;
}

/** A pipe takes so much at once or none of it: lines of several processes do not mix. */
const PIPE_BYTES = 4096;
const FILE_BYTES = 64 * 1024;
/** Not waiting for a reader, and not making a terminal the one that controls this process. */
const WITHOUT_WAITING = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a descriptor for writing. A write to a file waits in a thread, never in the event loop. A pipe or a
 * terminal whose reader has stopped would keep that thread, and the end of the process, waiting: those are
 * opened a second time so that they refuse instead. The flag is not set on the descriptor itself, because
 * other processes that share it would set it back. What cannot be opened again, such as journald's socket or
 * another user's terminal, is written through Node's own stream, `streamOf`.
 */
export function openOutlet(fd: number, streamOf: () => Writable): Outlet {
  const kind = fstatSync(fd);
  if (kind.isFile()) {
    return { bytesAtOnce: FILE_BYTES, write: (bytes, done) => write(fd, bytes, done), close() {} };
  }
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    try {
      const own = openSync(`/proc/self/fd/${fd}`, WITHOUT_WAITING);
      return {
        bytesAtOnce: PIPE_BYTES,
        write: (bytes, done) => write(own, bytes, done),
        close: () => closeSync(own),
      };
    } catch {
      // There is no /proc here, no reader, or no permission.
    }
  }
  return streamOutlet(streamOf());
}

function streamOutlet(stream: Writable): Outlet {
  // The callback of the write gets it too.
  stream.on("error", () => {});
  return {
    bytesAtOnce: PIPE_BYTES,
    write: (bytes, done) => void stream.write(bytes, (error) => done(error ?? null, bytes.length)),
    close() {},
  };
}
