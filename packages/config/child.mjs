import { spawn } from "node:child_process";
import { constants } from "node:os";

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Runs a program and keeps its output. A signal that ends this process first ends the program and everything
 * that it started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export function runQuietly(command, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    // A separate process group: compilers are grandchildren, and they must be ended as well.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));

    /** @type {NodeJS.Signals | undefined} */
    let stoppedBy;
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      stoppedBy = signal;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    const forget = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    };
    child.on("error", (error) => {
      forget();
      reject(error);
    });
    child.on("close", (exitCode) => {
      forget();
      if (stoppedBy !== undefined) process.exit(128 + constants.signals[stoppedBy]);
      resolve({ exitCode: exitCode ?? 1, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
