import type Database from "better-sqlite3";
import { currentLook, isSameLook, type Look } from "../../world/loop-turn.js";
import { reading } from "./failure.js";

/** Tells whether cached rows are still valid: the number is different if they are not. */
export interface Version {
  current(): number;
  /** Invalidates all cached rows. */
  advance(): void;
  /** Checks again for commits of other processes, even if the last answer is from this very moment. */
  expire(): void;
}

/**
 * Watches for commits of other processes by a connection's `data_version`. The connection's own commits do
 * not change that: the code that makes them calls `advance`.
 *
 * SQLite is asked once for all requests that libuv found in one poll of the sockets, because its answer takes
 * two system calls. A request that is sent later is found by a later poll, which asks again, unless something
 * ahead of it on its connection was found by the earlier poll: the code that reads such a request calls
 * `expire` (`http/edge/pipelined.ts`).
 */
export function watchVersion(connection: Database.Database): Version {
  const foreign = connection.prepare("PRAGMA data_version").pluck();
  let version = 0;
  let seen: unknown;
  let askedAt: Look | undefined;
  return {
    current() {
      const now = currentLook();
      if (!isSameLook(askedAt, now)) {
        const found = reading(() => foreign.get());
        if (found !== seen) version++;
        seen = found;
        askedAt = now;
      }
      return version;
    },
    advance() {
      version++;
    },
    expire() {
      askedAt = undefined;
    },
  };
}
