import { spawn } from "node:child_process";

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Lets a program take our place, as far as Node can: our input, output, signals and exit code are its own. Never
 * resolves; rejects where the program cannot be started.
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
      // Whoever waits for us is to see the same signal.
      process.removeAllListeners(endedBy);
      process.kill(process.pid, endedBy);
    });
  });
}
