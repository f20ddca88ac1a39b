import { closeSync, fstatSync, openSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { RESERVED_LOG_BYTES, reserveBeside, writeZeros } from "./reserve.js";
import { logOf } from "./sync.js";

/** Free pages within the database file: what is written there needs nothing of the disk. Filled up where half is gone. */
const FREE_BYTES = 8 * 1024 * 1024;
/** How much is taken at once: it holds the event loop meanwhile. */
const STEP_BYTES = 256 * 1024;
/** With less than this on the disk what can wait is refused. */
const SCARCE_BYTES = 4 * 1024 * 1024;
const FEW_PAGES = 16;
const LOOK_MS = 1000;
const NEXT_STEP_MS = 50;

/** Keeps room in the database's own files, so that nobody else's writing keeps users from signing in. */
export interface Room {
  /** Whether the disk is full, and what is kept here is all the room that there is. */
  isScarce(): boolean;
  /** To be called before the connections are closed; what it gives is to be called when they are. */
  close(): () => void;
}

/**
 * Looks after the room once a second. The file grows before it must, in steps, while the disk has room; the
 * write-ahead log gets its full length at once. Whoever fills the disk then cannot take what is in the files already.
 */
export function keepRoom(writer: Database.Database, path: string): Room {
  const free = writer.prepare("PRAGMA freelist_count").pluck();
  const pageBytes = Number(writer.pragma("page_size", { simple: true }));
  const cacheSize = Number(writer.pragma("cache_size", { simple: true }));
  const steps = writer.prepare("SELECT count(*) FROM room").pluck();
  const take = writer.prepare("INSERT INTO room VALUES (zeroblob(?))");
  const release = writer.prepare("DELETE FROM room");
  let scarce = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const reserve = reserveBeside(path);
  const log = logOf(writer);

  /** One step; whether there are more. Pages that were written have their place on the disk: freed, they keep it. */
  const fill = (): boolean => {
    const taken = Number(steps.get()) * STEP_BYTES;
    if (taken === 0 && Number(free.get()) * pageBytes >= FREE_BYTES / 2) return false;
    // Pages of nothing need no place in memory.
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

  const look = async () => {
    let delayMs = LOOK_MS;
    try {
      scarce = (await bytesLeft(path)) < SCARCE_BYTES;
      if (closed) return;
      if (scarce) release.run();
      else {
        lengthenLog(writer, log);
        if (fill()) delayMs = NEXT_STEP_MS;
      }
    } catch {
      // A quota that `statfs` does not know, a lock that another process holds, a disk that fills at this moment: later.
    } finally {
      lookLater(delayMs);
    }
  };
  const lookLater = (delayMs: number) => {
    if (!closed) timer = setTimeout(look, delayMs).unref();
  };
  if (reserve.give()) {
    try {
      // Before whoever fills the disk takes it.
      lengthenLog(writer, log);
    } catch {
      // Somebody was quicker, or another process holds the lock: later.
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

async function bytesLeft(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(path));
  return bavail * bsize;
}

/** Zeros behind the last frame are no frames. Under the lock nobody else writes any. */
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
