import { performance } from "node:perf_hooks";
import type Database from "better-sqlite3";
import { reading } from "./sqlite-failure.js";

/** Whether kept rows still stand: a number that is another one where they do not. */
export interface Version {
  current(): number;
  /** All rows that were kept are to be forgotten. */
  advance(): void;
  /** Others' commits are asked for anew, though the last answer is of this moment. */
  expire(): void;
}

/**
 * Watches for commits of other processes by a connection's `data_version`. The connection's own do not change that: for
 * those who makes them calls `advance`.
 *
 * SQLite is asked once for all requests that libuv found waiting at one look at the sockets, for its answer takes two
 * system calls. What is sent after that look is found by the next one, and asked for anew; only a request that was sent
 * behind an unanswered one on the same connection can come with an earlier find: whoever reads such a one calls `expire`.
 */
export function watchVersion(connection: Database.Database): Version {
  const foreign = connection.prepare("PRAGMA data_version").pluck();
  let version = 0;
  let seen: unknown;
  let isKnown = false;
  let look = { loopCount: -1, events: -1 };
  return {
    current() {
      const now = currentLook();
      if (!isKnown || now === undefined || now.loopCount !== look.loopCount || now.events !== look.events) {
        const found = reading(() => foreign.get());
        if (found !== seen) version++;
        seen = found;
        isKnown = now !== undefined;
        look = now ?? look;
      }
      return version;
    },
    advance() {
      version++;
    },
    expire() {
      isKnown = false;
    },
  };
}

interface Look {
  /** How often libuv has looked. */
  readonly loopCount: number;
  /** How many events it has handed out, counted when it is done with all that it found. */
  readonly events: number;
}

/** `undefined` where Node does not tell: 22.0 to 22.7. */
function currentLook(): Look | undefined {
  return performance.nodeTiming.uvMetricsInfo;
}
