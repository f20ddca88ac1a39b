import type Database from "better-sqlite3";
import { DatabaseUnavailable } from "../availability.js";
import { type Part, partsOf } from "../change.js";
import { StoreMoved } from "../store-moved.js";
import { isBusy, isUnavailable, unavailableOr } from "./failure.js";
import type { OwnFile } from "./own-file.js";
import type { DiskSync } from "./sync.js";
import type { Add, SqliteStatements, Statements, WriteOptions } from "./write.js";

/** How long to wait for another process's lock, or for the disk, before `DatabaseUnavailable` is raised. */
const DEADLINE_MS = 2000;
const RETRY_MS = 5;
/**
 * How many writes may wait, for their turn or the disk; beyond that `DatabaseUnavailable` is raised at once.
 */
const MAX_WAITING = 10_000;
/** For how many turns of the event loop a group may keep growing before it is committed. */
const MAX_TURNS = 8;
/** How many writes share one transaction, which blocks the event loop while it runs. */
const MAX_BATCH = 250;

interface Waiting {
  readonly run: Statements<unknown>;
  readonly options: WriteOptions;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly sinceMs: number;
}

/** The outcome of a write. */
interface Outcome {
  readonly write: Waiting;
  /** Whether its work is committed. */
  readonly stands: boolean;
  readonly parts: readonly Part[];
  tell(): void;
}

export interface WriteQueue {
  write<T>(statements: Statements<T>, options?: WriteOptions): Promise<T>;
  /** Whether the last write succeeded, and the disk is not stuck. */
  isWriting(): boolean;
  /** Runs what is waiting at once, and refuses what could not be run and whatever comes later. */
  close(): void;
}

interface Surroundings {
  /** Called after a commit that contains a write which does not declare what it has changed. */
  forgetAll(): void;
  /** Whether the disk is full. */
  isScarce(): boolean;
  /** Waits for the disk; absent if commits need not wait for it. */
  readonly disk: DiskSync | undefined;
  /** Whether the file at the database's path is the one that is open; absent if nothing else can be there. */
  readonly own?: Pick<OwnFile, "isThere" | "isKnown" | "mark"> | undefined;
  /** In a transaction: whether the store has moved to another database. */
  readonly isMoved?: () => boolean;
}

/** Groups writes into transactions, in their order; each write is all or nothing. */
export function createWriteQueue(
  connection: Database.Database,
  { forgetAll, isScarce, disk, own, isMoved }: Surroundings,
): WriteQueue {
  const begin = connection.prepare("BEGIN IMMEDIATE");
  const commit = connection.prepare("COMMIT");
  const rollback = connection.prepare("ROLLBACK");
  const savepoint = connection.prepare("SAVEPOINT one");
  const release = connection.prepare("RELEASE one");
  const undo = connection.prepare("ROLLBACK TO one");
  const changes = connection.prepare("SELECT total_changes()").pluck();
  const busyTimeoutMs = Number(connection.pragma("busy_timeout", { simple: true }));
  let waiting: Waiting[] = [];
  /** How many are committed but not on disk yet. */
  let unsynced = 0;
  let syncingSinceMs = Number.POSITIVE_INFINITY;
  let heldSinceMs = Number.POSITIVE_INFINITY;
  let scheduled = false;
  /** Whether the last group had several writes: more are likely to come. */
  let crowded = false;
  /** The waiting group as the last turn left it, while it grows. */
  let growing: { readonly size: number; readonly turns: number } | undefined;
  let writing = true;
  let closed = false;

  const schedule = (delayMs: number) => {
    if (scheduled || disk?.isRunning()) return;
    scheduled = true;
    const next = () => {
      scheduled = false;
      if (isGrowing()) schedule(0);
      else flush();
    };
    if (delayMs === 0) setImmediate(next);
    else setTimeout(next, delayMs);
  };

  /**
   * Whether the last turn brought more writes while many are being made. The group then waits for another
   * turn: answers are sent before the commit blocks the event loop, and the larger a group is, the less each
   * of its writes costs.
   */
  const isGrowing = () => {
    if (!crowded) return false;
    const { size, turns } = growing ?? { size: 0, turns: 0 };
    const grows = waiting.length > size && waiting.length < MAX_BATCH && turns < MAX_TURNS;
    growing = grows ? { size: waiting.length, turns: turns + 1 } : undefined;
    return grows;
  };

  const flush = () => {
    // The callers that wait for the disk are answered first, which schedules this again.
    if (closed || waiting.length === 0 || disk?.isRunning()) return;
    if (own?.isThere() === false) return refuseAll();
    const batch = waiting.slice(0, MAX_BATCH);
    let refusal: DatabaseUnavailable | undefined;
    try {
      begin.run();
      if (own?.isKnown() === false) refusal = new DatabaseUnavailable();
      else if (isMoved?.() === true) refusal = new StoreMoved();
      if (refusal !== undefined) rollback.run();
    } catch (error) {
      if (connection.inTransaction) rollback.run();
      noteHeld(isBusy(error));
      return postpone(error);
    }
    noteHeld(false);
    if (refusal !== undefined) return refuseAll(refusal);
    waiting = waiting.slice(MAX_BATCH);
    crowded = batch.length > 1;
    settle(batch);
    if (waiting.length > 0) schedule(0);
  };

  /**
   * SQLite waits for a lock on the event loop: acceptable for a moment, but not repeatedly for a lock that is
   * held for long.
   */
  const noteHeld = (isHeld: boolean) => {
    if (Number.isFinite(heldSinceMs) === isHeld) return;
    heldSinceMs = isHeld ? performance.now() : Number.POSITIVE_INFINITY;
    connection.pragma(`busy_timeout = ${isHeld ? 0 : busyTimeoutMs}`);
  };

  /**
   * If another process holds the lock: try later, without blocking the event loop. Any other error is
   * reported.
   */
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
      const before = changes.get();
      outcomes = batch.map(attempt);
      if (changes.get() !== before) own?.mark();
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

  /**
   * Only what is on disk is acknowledged, except for what may be lost. Other readers see it from the commit
   * on.
   */
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
      // Written into a file that is no longer at its path: it would be missing after the next start.
      if (own?.isThere() === false) return refuse(writesOf(awaited), new DatabaseUnavailable());
      writing = true;
      for (const { tell } of awaited) tell();
    });
  };

  const refuseAll = (reason = new DatabaseUnavailable()) => {
    const refused = waiting;
    waiting = [];
    refuse(refused, reason);
  };

  const refuse = (writes: readonly Waiting[], error: unknown) => {
    writing = false;
    const reason = unavailableOr(error);
    for (const each of writes) each.reject(reason);
  };

  /** A fault of one write must not undo the others; a fault of the database undoes them all. */
  const attempt = (write: Waiting): Outcome => {
    const parts: Part[] = [];
    savepoint.run();
    try {
      const add: Add = (change) => {
        for (const part of change === undefined ? [] : partsOf(change)) {
          // Safe: every store of this database makes its changes with `sqliteChange`.
          (part.statements as SqliteStatements | undefined)?.();
          parts.push(part);
          add(part.next?.("sqlite"));
        }
      };
      const value = write.run(add);
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
        // Safe: `run` returns what `resolve` takes.
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
