import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { loadEngine } from "./argon2-engine.mjs";
import { readHash } from "./hash-formats.mjs";
import { fits } from "./legacy-engine.mjs";

lowerPriority();
const engine = await loadEngine(workerData.engine);

let before = Promise.resolve();
parentPort?.on("message", (task) => {
  // One after the other, even if the engine computes in threads of its own: a thread represents a core.
  before = before.then(() => work(task));
});

/**
 * @param {{ id: number, hash?: string, password: string, parameters:
 * import("./argon2-engine.mjs").Argon2Parameters }} task
 */
async function work({ id, hash, password, parameters }) {
  const startMs = performance.now();
  try {
    const value = hash === undefined ? await engine.hash(password, parameters) : await verify(hash, password);
    parentPort?.postMessage({ id, value, seconds: (performance.now() - startMs) / 1000 });
  } catch {
    // The error might quote its input.
    parentPort?.postMessage({ id, failed: true });
  }
}

/**
 * A hash that cannot be read matches no password.
 * @param {string} hash @param {string} password
 */
async function verify(hash, password) {
  try {
    const stored = readHash(hash);
    if (stored === undefined) return false;
    return stored.algorithm === "argon2"
      ? await engine.verify(stored.text, password)
      : fits(stored, password);
  } catch {
    return false;
  }
}

/** Only Linux has priorities for threads; elsewhere all threads stay equal. */
function lowerPriority() {
  try {
    const thread = readlinkSync("/proc/thread-self").split("/").at(-1);
    setPriority(Number(thread), workerData.nice);
  } catch {
    // This is only slower: nothing depends on the priority.
  }
}
