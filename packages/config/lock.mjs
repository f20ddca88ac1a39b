import { mkdirSync, renameSync, rmSync, statSync, utimes } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;
const HEARTBEAT_MS = 1000;
/** A holder that has given no sign of life for this long is gone. */
const STALE_MS = 10_000;

/**
 * Does some work while holding a lock that other processes see: a directory, because creating one is atomic.
 * Its holder touches it every second, so that other processes can tell a lock whose holder was killed from
 * one that is held.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{ onWait?: () => void, staleMs?: number }} [options] `onWait` is called once, if another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { onWait = () => {}, staleMs = STALE_MS } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  if (!tryTake(path)) {
    onWait();
    await take(path, staleMs);
  }
  // If touching fails, the sign of life is missing, which other processes notice.
  const beat = () => utimes(path, new Date(), new Date(), () => {});
  const heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
  const release = () => {
    clearInterval(heartbeat);
    rmSync(path, { recursive: true, force: true });
  };
  process.on("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** @param {string} path @param {number} staleMs */
async function take(path, staleMs) {
  let seen = signOfLife(path);
  // Measured by our own clock: the holder's may differ, and neither runs while the machine sleeps.
  let sinceMs = performance.now();
  while (!tryTake(path)) {
    await sleep(POLL_MS);
    const sign = signOfLife(path);
    if (sign !== seen) {
      seen = sign;
      sinceMs = performance.now();
    } else if (sign !== undefined && performance.now() - sinceMs > staleMs) {
      discard(path);
    }
  }
}

/** @param {string} path */
function tryTake(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * Changes while the holder of the lock is alive.
 * @param {string} path
 */
function signOfLife(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.mtimeMs}`;
}

/**
 * Renamed first: if several processes find it stale, only one succeeds.
 * @param {string} path
 */
function discard(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** @param {unknown} error @param {string} code */
function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
