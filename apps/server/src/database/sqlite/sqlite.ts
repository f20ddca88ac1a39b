import { chmodSync, closeSync, openSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { type DatabaseState, DatabaseUnavailable } from "../availability.js";
import type { OlderTables } from "../older.js";
import { StoreMoved } from "../store-moved.js";
import { assertSound } from "./check.js";
import { isBusy, reading } from "./failure.js";
import { findBackup } from "./last-backup.js";
import { migrate } from "./migrate.js";
import { watchMoved } from "./moved.js";
import { type OwnFile, openOwnFile, type TellLost } from "./own-file.js";
import { createFolderOf, createFor, unusableFileOf } from "./owner.js";
import { assertFile, badPlace } from "./place.js";
import { realPathOf } from "./real-path.js";
import { reserveBeside } from "./reserve.js";
import { keepRoom } from "./room.js";
import { isSameFile } from "./same-file.js";
import { type DiskSync, openDiskSync } from "./sync.js";
import { assertNotLost } from "./traces.js";
import { watchVersion } from "./version.js";
import { clearAbandoned } from "./work-folder.js";
import type { Statements, WriteOptions } from "./write.js";
import { createWriteQueue } from "./write-queue.js";

export { sqliteChange, type WriteOptions } from "./write.js";

/** How long a statement waits for another process's lock. It is short because it blocks the event loop. */
const BUSY_TIMEOUT_MS = 20;
/** How long another process may take to create a database, before opening it fails. */
const FIRST_START_MS = 30_000;
/** How often a server looks whether its file is still there, even if nothing is written. */
const LOOK_MS = 1000;

/**
 * A SQLite database: one connection for reading, one for writing. Once the store has moved to another database,
 * `StoreMoved` is raised by everything that reads or writes, also by `version`.
 */
export interface Sqlite {
  readonly reader: BetterSQLite3Database;
  readonly writer: BetterSQLite3Database;
  /** Runs a query on the reader; if the database cannot answer, raises `DatabaseUnavailable`. */
  read<T>(query: () => T): T;
  /**
   * Runs statements on the writer, all or none of them. Resolves when they are on disk, unless they may be
   * lost (`WriteOptions`). Writes in one turn of the event loop share a transaction, and so its cost.
   */
  write<T>(statements: Statements<T>, options?: WriteOptions): Promise<T>;
  /**
   * Opens another connection for long reads: in a transaction of its own it sees the database at one moment.
   */
  openReader(): { readonly database: BetterSQLite3Database; close(): void };
  /**
   * A number that changes whenever another process has committed anything, and whenever this one has
   * committed a write that did not declare which cached rows it changes.
   */
  version(): number;
  /**
   * For a request that may have been sent later than those that are handled together with it (`version.ts`).
   */
  expireVersion(): void;
  /**
   * `read-only`: the disk is full, or the last write failed. `down`: nothing can be read either, or the files
   * at the database's path are no longer those that are open.
   */
  state(): DatabaseState;
  close(): void;
}

export interface SqliteOptions {
  readonly path: string;
  readonly migrations: string;
  /** `upgrade` by default. */
  readonly olderTables?: OlderTables;
  /** `full`: what is acknowledged survives a power failure. `normal`: it survives a crash of the process. */
  readonly synchronous: "full" | "normal";
  /**
   * Whether to reserve space in the files for a full disk, about 16 MiB: for servers, not for short-lived
   * processes.
   */
  readonly keepsRoom?: boolean;
  /** Called when the database's own file is lost, and with `undefined` when it is back. */
  readonly onLost?: TellLost | undefined;
}

/**
 * Opens a database file and creates it if there is none. Older tables are brought up to date or refused with
 * `DatabaseOlder`.
 */
export function openSqlite(options: SqliteOptions): Sqlite {
  const { migrations, olderTables = "upgrade", synchronous, keepsRoom = false } = options;
  explainingAt(options.path, () => createFolder(options.path));
  const path = realPathOf(options.path);
  const explaining = <T>(open: () => T): T => explainingAt(path, open);
  explaining(() => assertNotLost(path));
  if (keepsRoom) reserveBeside(path).giveForOpening();
  clearAbandoned(path);
  explaining(() => assertSound(path));
  explaining(() => keepPrivate(path));
  const found = statSync(path);
  const writer = explaining(() => connect(path));
  let disk: DiskSync | undefined;
  let own: OwnFile;
  try {
    assertSame(path, found);
    explaining(() => migrate(writer, migrations, olderTables));
    own = openOwnFile(writer, { ...options, everyMs: keepsRoom ? LOOK_MS : undefined });
    if (synchronous === "full") disk = openDiskSync(writer);
  } catch (error) {
    writer.close();
    throw error;
  }
  const reader = connect(path);
  const version = watchVersion(writer);
  const moved = watchMoved(writer);
  const room = keepsRoom ? keepRoom(writer, path, own.isThere) : undefined;
  const isScarce = () => room?.isScarce() ?? false;
  const queue = createWriteQueue(writer, {
    isScarce,
    disk,
    forgetAll: version.advance,
    own,
    isMoved: moved.isMoved,
  });
  let closed = false;
  const currentVersion = () => moved.versionUnlessMoved(version.current);
  return {
    reader: drizzle(reader),
    writer: drizzle(writer),
    read(query) {
      currentVersion();
      if (own.isLost()) throw new DatabaseUnavailable();
      return reading(query);
    },
    write: (statements, options) =>
      moved.wasMoved() ? Promise.reject(new StoreMoved()) : queue.write(statements, options),
    openReader() {
      currentVersion();
      const connection = connect(path);
      return { database: drizzle(connection), close: () => connection.close() };
    },
    version: currentVersion,
    expireVersion: version.expire,
    state() {
      try {
        if (!own.isThere()) return "down";
        version.current();
        return queue.isWriting() && !isScarce() ? "up" : "read-only";
      } catch {
        return "down";
      }
    },
    close() {
      // Closing a file's number twice would close another file that has it by then.
      if (closed) return;
      closed = true;
      queue.close();
      disk?.close();
      const keepReserve = room?.close();
      // Closing would move the log into whatever the file holds now.
      if (own.isOverwritten()) return own.stop();
      const isThere = own.isThere();
      reader.close();
      writer.close();
      own.close();
      if (isThere) keepReserve?.();
    },
  };
}

/** Opens a database file whose tables are up to date, read-only: every write is refused. */
export function openSqliteForReading(path: string): Sqlite {
  assertFile(path);
  const open = () => new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  const connection = open();
  const database = drizzle(connection);
  const version = watchVersion(connection);
  return {
    reader: database,
    writer: database,
    read: reading,
    write: () => Promise.reject(new DatabaseUnavailable()),
    openReader() {
      const another = open();
      return { database: drizzle(another), close: () => another.close() };
    },
    version: version.current,
    expireVersion: version.expire,
    state: () => "read-only",
    close: () => void connection.close(),
  };
}

function connect(path: string): Database.Database {
  const connection = new Database(path, { timeout: 5000 });
  // This works only before a file has tables.
  const isNew = connection.pragma("page_count", { simple: true }) === 0;
  if (isNew) connection.pragma("auto_vacuum = INCREMENTAL");
  try {
    keepLog(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  // Writes that must wait for the disk do so outside the event loop (`sync.ts`).
  connection.pragma("synchronous = normal");
  connection.pragma("foreign_keys = ON");
  // What is deleted is overwritten wherever that costs no further write.
  connection.pragma("secure_delete = FAST");
  connection.pragma("trusted_schema = OFF");
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return connection;
}

/**
 * Only a new file, or a backup, does not have a log yet. SQLite waits for another process's lock before it
 * begins a transaction, but not before it changes the journal's mode: of two first starts, one would fail.
 */
function keepLog(connection: Database.Database): void {
  const deadlineMs = performance.now() + FIRST_START_MS;
  for (;;) {
    try {
      if (connection.pragma("journal_mode = WAL", { simple: true }) === "wal") return;
      throw badPlace("SQLite cannot keep a write-ahead log there");
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      waitForLock(connection);
    }
  }
}

function waitForLock(connection: Database.Database): void {
  try {
    connection.exec("BEGIN IMMEDIATE; COMMIT");
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
}

/** Throws `DATABASE_REPLACED`, before anything is written, if a backup was restored in the meantime. */
function assertSame(path: string, found: Stats): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && isSameFile(stats, found)) return;
  throw Object.assign(new Error("the database's file was replaced"), { code: "DATABASE_REPLACED" });
}

/**
 * An operator whose database cannot be used needs to know which backup there is to restore, or which file
 * belongs to another user.
 */
function explainingAt<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof Error) {
      Object.assign(error, { lastBackup: findBackup(path), unusableFile: unusableFileOf(path) });
    }
    throw error;
  }
}

/** Throws `DATABASE_PLACE` if no file can be created there. */
function createFolder(path: string): void {
  try {
    createFolderOf(resolve(path));
    statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw badPlace("the database's path does not exist", cause);
  }
  assertFile(path);
}

/**
 * Other users of the machine must not read the hashes and keys in it. SQLite gives new side files the same
 * mode.
 */
function keepPrivate(path: string): void {
  createFile(path);
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      chmodSync(path + suffix, 0o600);
    } catch (error) {
      // It does not exist yet, or belongs to another user, who decides who may read it.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EPERM" && code !== "ENOENT") throw error;
    }
  }
}

function createFile(path: string): void {
  try {
    closeSync(createFor(path, path));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    closeSync(openSync(path, "r+"));
  }
}
