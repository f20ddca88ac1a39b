import type Database from "better-sqlite3";
import { unavailable } from "../error.js";
import { isBusy, isUnavailable } from "./sqlite-failure.js";

/** How long a write waits for another process's lock before its caller hears `UNAVAILABLE`. */
const DEADLINE_MS = 2000;
const RETRY_MS = 5;
/** As SQLite numbers it. */
const SYNCHRONOUS_FULL = 2;
/** Writes that may wait; past that the caller hears `UNAVAILABLE` at once. */
const MAX_WAITING = 10_000;
/** Writes in one transaction: it holds the event loop while it runs. */
const MAX_BATCH = 250;

export interface WriteOptions {
  /**
   * Forgets what this write has changed of the rows that are kept in memory; called after the commit. Where it is
   * absent all rows are forgotten, which is always right: only a write of every other request is worth the care.
   */
  readonly forget?: () => void;
  /**
   * Does not wait for the disk, unless another write of its transaction does: a power loss may take it, and nothing else.
   */
  readonly mayBeLost?: true;
  /** Refused while the disk is full: the room that is kept is left to those who sign in, sign out, or make room. */
  readonly canWait?: true;
}

interface Waiting extends WriteOptions {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly sinceMs: number;
}

export interface WriteQueue {
  write<T>(statements: () => T, options?: WriteOptions): Promise<T>;
  /** Runs what waits, now. */
  flush(): void;
  /** Whether the last one could be written. */
  isWriting(): boolean;
}

interface Surroundings {
  /** Called after a commit with a write in it that does not say itself what it has changed. */
  forgetAll(): void;
  /** Whether the disk is full. */
  isScarce(): boolean;
}

/** Groups writes into transactions, in the order in which they came; each is all or nothing. */
export function createWriteQueue(
  connection: Database.Database,
  { forgetAll, isScarce }: Surroundings,
): WriteQueue {
  const begin = connection.prepare("BEGIN IMMEDIATE");
  const commit = connection.prepare("COMMIT");
  const rollback = connection.prepare("ROLLBACK");
  const savepoint = connection.prepare("SAVEPOINT one");
  const release = connection.prepare("RELEASE one");
  const undo = connection.prepare("ROLLBACK TO one");
  const busyTimeoutMs = Number(connection.pragma("busy_timeout", { simple: true }));
  const waitsForDisk = connection.pragma("synchronous", { simple: true }) === SYNCHRONOUS_FULL;
  let waitsNow = waitsForDisk;
  let waiting: Waiting[] = [];
  let scheduled = false;
  let writing = true;
  let held = false;

  const schedule = (delayMs: number) => {
    if (scheduled) return;
    scheduled = true;
    const next = () => {
      scheduled = false;
      flush();
    };
    if (delayMs === 0) setImmediate(next);
    else setTimeout(next, delayMs);
  };

  const flush = () => {
    if (waiting.length === 0) return;
    const batch = waiting.slice(0, MAX_BATCH);
    try {
      waitForDisk(!batch.every(({ mayBeLost }) => mayBeLost));
      begin.run();
    } catch (error) {
      noteHeld(isBusy(error));
      return postpone(error);
    }
    noteHeld(false);
    waiting = waiting.slice(MAX_BATCH);
    settle(batch);
    if (waiting.length > 0) schedule(0);
  };

  /** For the transaction that comes. */
  const waitForDisk = (waits: boolean) => {
    if (!waitsForDisk || waitsNow === waits) return;
    connection.pragma(`synchronous = ${waits ? "full" : "normal"}`);
    waitsNow = waits;
  };

  /** SQLite waits for a lock on the event loop: worth it for a moment, not over and over for one that is held for long. */
  const noteHeld = (isHeld: boolean) => {
    if (held === isHeld) return;
    held = isHeld;
    connection.pragma(`busy_timeout = ${held ? 0 : busyTimeoutMs}`);
  };

  /** Another process holds the lock: later, without blocking the event loop. Anything else: say so. */
  const postpone = (error: unknown) => {
    const now = performance.now();
    const patient = isBusy(error) ? waiting.filter((each) => now - each.sinceMs < DEADLINE_MS) : [];
    const given = waiting.filter((each) => !patient.includes(each));
    waiting = patient;
    if (given.length > 0) writing = false;
    for (const each of given) each.reject(isUnavailable(error) ? unavailable(error) : error);
    if (waiting.length > 0) schedule(RETRY_MS);
  };

  const settle = (batch: readonly Waiting[]) => {
    const acknowledgements: Array<() => void> = [];
    try {
      for (const each of batch) acknowledgements.push(attempt(each));
      commit.run();
    } catch (error) {
      if (connection.inTransaction) rollback.run();
      writing = false;
      const reason = isUnavailable(error) ? unavailable(error) : error;
      for (const each of batch) each.reject(reason);
      return;
    }
    writing = true;
    for (const { forget } of batch) forget?.();
    if (batch.some(({ forget }) => forget === undefined)) forgetAll();
    // Only now is it on disk, but for what may be lost, and only then is it acknowledged.
    for (const acknowledge of acknowledgements) acknowledge();
  };

  /** One write's fault must not undo its neighbours' work; a fault of the database undoes all. */
  const attempt = (each: Waiting): (() => void) => {
    savepoint.run();
    try {
      const value = each.run();
      release.run();
      return () => each.resolve(value);
    } catch (error) {
      if (isUnavailable(error) || !connection.inTransaction) throw error;
      undo.run();
      release.run();
      return () => each.reject(error);
    }
  };

  return {
    write: <T>(statements: () => T, options?: WriteOptions) =>
      new Promise<T>((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(unavailable());
        if (options?.canWait && isScarce()) return reject(unavailable());
        // Safe: `run` gives what `resolve` takes.
        waiting.push({
          ...options,
          run: statements,
          resolve: resolve as (value: unknown) => void,
          reject,
          sinceMs: performance.now(),
        });
        schedule(0);
      }),
    flush,
    isWriting: () => writing,
  };
}
