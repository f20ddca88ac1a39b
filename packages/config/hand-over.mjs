import { spawn } from "node:child_process";

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Replaces this process with a program, as far as Node can: it gets our input, output, signals and exit code.
 * Never resolves; rejects if the program cannot be started.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<never>}
 */
export function handOver(command, args) {
  return new Promise((_, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (exitCode, endedBy) => {
      if (endedBy === null) process.exit(exitCode ?? 1);
      // The process that waits for us must see the same signal.
      process.removeAllListeners(endedBy);
      process.kill(process.pid, endedBy);
    });
  });
}
