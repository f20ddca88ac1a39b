import type Database from "better-sqlite3";
import { DatabaseUnavailable } from "../availability.js";
import { type Change, changeOf, type Part, partsOf } from "../change.js";
import { isBusy, isUnavailable, unavailableOr } from "./failure.js";
import type { DiskSync } from "./sync.js";

/** How long another process's lock, or the disk, is waited for before `DatabaseUnavailable` is raised. */
const DEADLINE_MS = 2000;
const RETRY_MS = 5;
/** Writes that may wait, for their turn or for the disk; past that `DatabaseUnavailable` is raised at once. */
const MAX_WAITING = 10_000;
/** Writes in one transaction: it holds the event loop while it runs. */
const MAX_BATCH = 250;

export interface WriteOptions {
  /**
   * Forgets or renews what this write has changed of the rows that are kept in memory; called after the commit, and not
   * where the write was undone. Where it is absent all rows are forgotten, which is always right: only a write of every
   * other request is worth the care.
   */
  readonly forget?: () => void;
  /** Is not held back until the disk has it, once its turn has come: a power loss may take it, and nothing else. */
  readonly mayBeLost?: true;
  /** Refused while the disk is full: the room that is kept is left to those who sign in, sign out, or make room. */
  readonly canWait?: true;
}

/** Writes another change behind what was written so far, in the same transaction. */
type Add = (change: Change | undefined) => void;

/** What one caller writes; all of it stands, or nothing. */
export type Statements<T> = (add: Add) => T;

/** The statements of a change, as SQLite's stores make them: run on the writer, within a transaction. */
type SqliteStatements = () => void;

/** For SQLite's stores: a change of these statements. */
export function sqliteChange(statements: SqliteStatements, committed?: () => void): Change {
  return changeOf({ statements, committed });
}

interface Waiting {
  readonly run: Statements<unknown>;
  readonly options: WriteOptions;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly sinceMs: number;
}

/** How a write came out. */
interface Outcome {
  readonly write: Waiting;
  /** Whether what it did is committed. */
  readonly stands: boolean;
  readonly parts: readonly Part[];
  tell(): void;
}

export interface WriteQueue {
  write<T>(statements: Statements<T>, options?: WriteOptions): Promise<T>;
  /** Whether the last one could be written, and the disk does not stand still. */
  isWriting(): boolean;
  /** Runs what waits, now, and refuses what could not be run and what comes. */
  close(): void;
}

interface Surroundings {
  /** Called after a commit with a write in it that does not say itself what it has changed. */
  forgetAll(): void;
  /** Whether the disk is full. */
  isScarce(): boolean;
  /** Waits for the disk; absent where nobody wants to. */
  readonly disk: DiskSync | undefined;
}

/** Groups writes into transactions, in the order in which they came; each is all or nothing. */
export function createWriteQueue(
  connection: Database.Database,
  { forgetAll, isScarce, disk }: Surroundings,
): WriteQueue {
  const begin = connection.prepare("BEGIN IMMEDIATE");
  const commit = connection.prepare("COMMIT");
  const rollback = connection.prepare("ROLLBACK");
  const savepoint = connection.prepare("SAVEPOINT one");
  const release = connection.prepare("RELEASE one");
  const undo = connection.prepare("ROLLBACK TO one");
  const busyTimeoutMs = Number(connection.pragma("busy_timeout", { simple: true }));
  let waiting: Waiting[] = [];
  /** How many are committed and not on disk yet. */
  let unsynced = 0;
  let syncingSinceMs = Number.POSITIVE_INFINITY;
  let heldSinceMs = Number.POSITIVE_INFINITY;
  let scheduled = false;
  let writing = true;
  let closed = false;

  const schedule = (delayMs: number) => {
    if (scheduled || disk?.isRunning()) return;
    scheduled = true;
    const next = () => {
      scheduled = false;
      flush();
    };
    if (delayMs === 0) setImmediate(next);
    else setTimeout(next, delayMs);
  };

  const flush = () => {
    // Whoever waits for the disk is told first, and schedules this anew.
    if (closed || waiting.length === 0 || disk?.isRunning()) return;
    const batch = waiting.slice(0, MAX_BATCH);
    try {
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

  /** SQLite waits for a lock on the event loop: worth it for a moment, not over and over for one that is held for long. */
  const noteHeld = (isHeld: boolean) => {
    if (Number.isFinite(heldSinceMs) === isHeld) return;
    heldSinceMs = isHeld ? performance.now() : Number.POSITIVE_INFINITY;
    connection.pragma(`busy_timeout = ${isHeld ? 0 : busyTimeoutMs}`);
  };

  /** Another process holds the lock: later, without blocking the event loop. Anything else: say so. */
  const postpone = (error: unknown) => {
    const now = performance.now();
    const isPatient = ({ sinceMs }: Waiting) => now - Math.max(sinceMs, heldSinceMs) < DEADLINE_MS;
    const patient = isBusy(error) ? waiting.filter(isPatient) : [];
    const given = waiting.filter((each) => !patient.includes(each));
    waiting = patient;
    if (given.length > 0) writing = false;
    for (const each of given) each.reject(unavailableOr(error));
    if (waiting.length > 0) schedule(RETRY_MS);
  };

  const settle = (batch: readonly Waiting[]) => {
    let outcomes: readonly Outcome[];
    try {
      outcomes = batch.map(attempt);
      commit.run();
    } catch (error) {
      if (connection.inTransaction) rollback.run();
      return refuse(batch, error);
    }
    if (disk === undefined) writing = true;
    const standing = outcomes.filter(({ stands }) => stands);
    for (const { write, parts } of standing) {
      write.options.forget?.();
      for (const { committed } of parts) committed?.();
    }
    if (standing.some(({ write }) => write.options.forget === undefined)) forgetAll();
    acknowledge(outcomes);
  };

  /** Only what is on disk is acknowledged, but for what may be lost. Others see it from the commit on. */
  const acknowledge = (outcomes: readonly Outcome[]) => {
    const awaited: Outcome[] = [];
    for (const outcome of outcomes) {
      const { stands, write } = outcome;
      if (stands && disk !== undefined && !write.options.mayBeLost) awaited.push(outcome);
      else outcome.tell();
    }
    if (awaited.length === 0) return;
    unsynced += awaited.length;
    syncingSinceMs = performance.now();
    disk?.begin((error) => {
      unsynced -= awaited.length;
      syncingSinceMs = Number.POSITIVE_INFINITY;
      if (waiting.length > 0) schedule(0);
      if (error !== undefined) return refuse(writesOf(awaited), new DatabaseUnavailable(error));
      writing = true;
      for (const { tell } of awaited) tell();
    });
  };

  const refuse = (writes: readonly Waiting[], error: unknown) => {
    writing = false;
    const reason = unavailableOr(error);
    for (const each of writes) each.reject(reason);
  };

  /** One write's fault must not undo its neighbours' work; a fault of the database undoes all. */
  const attempt = (write: Waiting): Outcome => {
    const parts: Part[] = [];
    savepoint.run();
    try {
      const value = write.run((change) => {
        for (const part of change === undefined ? [] : partsOf(change)) {
          // Safe: every store of this database makes its changes with `sqliteChange`.
          (part.statements as SqliteStatements | undefined)?.();
          parts.push(part);
        }
      });
      release.run();
      return { write, stands: true, parts, tell: () => write.resolve(value) };
    } catch (error) {
      if (isUnavailable(error) || !connection.inTransaction) throw error;
      undo.run();
      release.run();
      return { write, stands: false, parts: [], tell: () => write.reject(error) };
    }
  };

  const isStalled = () => performance.now() - syncingSinceMs > DEADLINE_MS;

  return {
    write: <T>(statements: Statements<T>, options: WriteOptions = {}) =>
      new Promise<T>((resolve, reject) => {
        if (closed || isStalled() || waiting.length + unsynced >= MAX_WAITING)
          return reject(new DatabaseUnavailable());
        if (options.canWait && isScarce()) return reject(new DatabaseUnavailable());
        // Safe: `run` gives what `resolve` takes.
        waiting.push({
          run: statements,
          options,
          resolve: resolve as (value: unknown) => void,
          reject,
          sinceMs: performance.now(),
        });
        schedule(0);
      }),
    isWriting: () => writing && !isStalled(),
    close() {
      disk?.finish();
      for (let before = Number.POSITIVE_INFINITY; waiting.length < before && waiting.length > 0; ) {
        before = waiting.length;
        flush();
        disk?.finish();
      }
      closed = true;
      for (const { reject } of waiting) reject(new DatabaseUnavailable());
      waiting = [];
    },
  };
}

const writesOf = (outcomes: readonly Outcome[]) => outcomes.map(({ write }) => write);
