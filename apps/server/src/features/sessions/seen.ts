import type { Log } from "../../world/log.js";
import { stillLasts } from "../../world/times.js";
import { lastSeenMs } from "./rules.js";
import type { Session, SessionStore } from "./store.js";

/**
 * When sessions were last seen: kept in memory and written in batches, because no check of a token may wait
 * for a write.
 */
export interface SeenSessions {
  /** Notes that the session was used by a request. */
  note(session: Session, nowMs: number): void;
  /** The time of the last request in it, as far as this process knows. */
  lastAtMs(session: Session, nowMs: number): number;
  /** Whether it has been idle for too long. */
  isIdle(session: Session, nowMs: number): boolean;
  /** Writes down what was noted. Never rejects: what cannot be written now is kept for the next time. */
  flush(): Promise<void>;
  /** Flushes for the last time. */
  close(): Promise<void>;
}

interface Deps {
  readonly store: SessionStore;
  readonly log: Log;
  /** How long a session lives without a request. */
  readonly idleMs: number;
}

/** A session is written at most this often. */
const MAX_PAUSE_MS = 60_000;
/** If idle sessions end, each is written this many times within the idle time. */
const TIMES_IN_IDLE = 10;
/** How many sessions may be noted; with more, they are written early. */
const MAX_NOTED = 10_000;
/** How many are written in one transaction, which blocks the event loop while it runs. */
const BATCH = 250;

export function createSeenSessions({ store, log, idleMs }: Deps): SeenSessions {
  const pauseMs = Math.min(MAX_PAUSE_MS, idleMs / TIMES_IN_IDLE);
  // Another process may know of a later request without having written it yet: no session may end too early.
  const idleForSureMs = idleMs + 2 * pauseMs;
  const noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const lastAtMs = (session: Session, nowMs: number) => lastSeenMs(session, noted.get(session.id), nowMs);
  /** Most sessions were seen a moment ago: then there is nothing to look up. */
  const wasSeenWithin = (ms: number, { lastSeenAtMs }: Session, nowMs: number) =>
    stillLasts({ beganAtMs: lastSeenAtMs, lengthMs: ms }, nowMs);

  const write = async () => {
    const seen = [...noted].map(([id, atMs]) => ({ id, atMs }));
    for (let from = 0; from < seen.length; from += BATCH) {
      const batch = seen.slice(from, from + BATCH);
      await store.see(batch);
      for (const { id, atMs } of batch) if (noted.get(id) === atMs) noted.delete(id);
    }
  };

  const writeOrKeep = async () => {
    try {
      await write();
    } catch (error) {
      log("warn", "last-seen times of sessions could not be saved", { error });
      schedule();
    }
    writing = undefined;
  };

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeOrKeep();
    await writing;
  };

  const schedule = () => {
    timer ??= setTimeout(() => void flush(), pauseMs).unref();
  };

  return {
    lastAtMs,
    flush,
    isIdle: (session, nowMs) =>
      !wasSeenWithin(idleForSureMs, session, nowMs) && nowMs - lastAtMs(session, nowMs) >= idleForSureMs,

    note(session, nowMs) {
      if (wasSeenWithin(pauseMs, session, nowMs)) return;
      if (noted.size >= MAX_NOTED && !noted.has(session.id)) return;
      noted.set(session.id, nowMs);
      if (noted.size === MAX_NOTED && writing === undefined) void flush();
      else schedule();
    },

    async close() {
      await writing;
      await flush();
      clearTimeout(timer);
    },
  };
}
