import type Database from "better-sqlite3";
import { currentLook, isSameLook, type Look } from "../../world/loop-turn.js";
import { reading } from "./failure.js";

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
 * SQLite is asked once for all that libuv found at one look at the sockets, for its answer takes two system calls. A
 * request that is sent later is found by a later look, and asked for anew, unless something ahead of it on its connection
 * was found by the earlier one: whoever reads such a request calls `expire` (`http/edge/pipelined.ts`).
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
