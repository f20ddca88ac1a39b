import { closeSync, fstatSync, openSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { RESERVED_LOG_BYTES, reserveBeside, writeZeros } from "./reserve.js";
import { logOf } from "./sync.js";

/**
 * Free pages within the database file: writing to them needs no disk space. Refilled when half of them are
 * used.
 */
const FREE_BYTES = 8 * 1024 * 1024;
/** How much is added at once: it blocks the event loop while it runs. */
const STEP_BYTES = 256 * 1024;
/** If more than this is free within the file, the file shrinks: what is below it will soon be used again. */
const EXCESS_BYTES = 32 * 1024 * 1024;
/** If less than this is free on the disk, writes that can wait are refused. */
const SCARCE_BYTES = 4 * 1024 * 1024;
const FEW_PAGES = 16;
/** `auto_vacuum` of files that were created since they can shrink. */
const INCREMENTAL = 2;
const LOOK_MS = 1000;
const NEXT_STEP_MS = 50;

/** Reserves space in the database's own files, so that users can still sign in when others fill the disk. */
export interface Room {
  /** Whether the disk is full, and the reserve is all the space that is left. */
  isScarce(): boolean;
  /** To be called before the connections are closed; the returned function is to be called afterwards. */
  close(): () => void;
}

/**
 * Checks the reserve once a second. The file grows before it must, in steps, while the disk has space; the
 * write-ahead log gets its full length at once. If others fill the disk later, they cannot take the space
 * that the files already have.
 */
export function keepRoom(writer: Database.Database, path: string, isThere: () => boolean): Room {
  const free = writer.prepare("PRAGMA freelist_count").pluck();
  const pageBytes = Number(writer.pragma("page_size", { simple: true }));
  const cacheSize = Number(writer.pragma("cache_size", { simple: true }));
  const steps = writer.prepare("SELECT count(*) FROM room").pluck();
  const take = writer.prepare("INSERT INTO room VALUES (zeroblob(?))");
  const release = writer.prepare("DELETE FROM room");
  const canShrink = writer.pragma("auto_vacuum", { simple: true }) === INCREMENTAL;
  let scarce = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const reserve = reserveBeside(path);
  const log = logOf(writer);
  // A link to the database may be on another disk.
  const folder = dirname(log);

  /**
   * Does one step; returns whether there are more. Pages that were written keep their place on the disk even
   * after they are freed.
   */
  const fill = (): boolean => {
    const taken = Number(steps.get()) * STEP_BYTES;
    if (taken === 0 && Number(free.get()) * pageBytes >= FREE_BYTES / 2) return false;
    // Empty pages need not be cached in memory.
    writer.pragma(`cache_size = ${FEW_PAGES}`);
    try {
      if (taken >= FREE_BYTES) release.run();
      else {
        take.run(STEP_BYTES);
        writer.pragma("wal_checkpoint(PASSIVE)");
      }
    } finally {
      writer.pragma(`cache_size = ${cacheSize}`);
    }
    return true;
  };

  /**
   * Gives back some of the pages that cleaning has freed, those at the end of the file; returns whether there
   * are more. Files from before this was possible stay as they are until they are restored from a backup.
   */
  const shrink = (): boolean => {
    if (!canShrink || Number(free.get()) * pageBytes <= EXCESS_BYTES) return false;
    writer.exec(`PRAGMA incremental_vacuum(${STEP_BYTES / pageBytes})`);
    return true;
  };

  const look = async () => {
    let delayMs = LOOK_MS;
    try {
      scarce = (await bytesLeft(folder)) < SCARCE_BYTES;
      if (closed || !isThere()) return;
      if (scarce) release.run();
      else {
        lengthenLog(writer, log);
        if (fill() || shrink()) delayMs = NEXT_STEP_MS;
      }
    } catch {
      // A quota that `statfs` does not know, another process's lock, or a disk that has just become full: try
      // again later.
    } finally {
      lookLater(delayMs);
    }
  };
  const lookLater = (delayMs: number) => {
    if (!closed) timer = setTimeout(look, delayMs).unref();
  };
  if (reserve.give()) {
    try {
      // Before other programs fill the disk.
      lengthenLog(writer, log);
    } catch {
      // Other programs were faster, or another process holds the lock: try again later.
    }
  }
  lookLater(LOOK_MS);
  return {
    isScarce: () => scarce,
    close() {
      closed = true;
      clearTimeout(timer);
      return () => reserve.keep(log);
    },
  };
}

async function bytesLeft(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Zeros after the last frame do not count as frames. While this process holds the lock, no other process
 * writes frames.
 */
function lengthenLog(writer: Database.Database, path: string): void {
  const log = openSync(path, "r+");
  try {
    if (fstatSync(log).size >= RESERVED_LOG_BYTES) return;
    const append = writer.transaction(() => {
      writeZeros(log, { from: fstatSync(log).size, to: RESERVED_LOG_BYTES });
    });
    append.immediate();
  } finally {
    closeSync(log);
  }
}
