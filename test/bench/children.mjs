import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();
const TICKS_PER_SECOND = 100;

// However the bench ends, everything that it started ends with it.
process.on("exit", () => running.forEach(killGroup));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => process.exit(1));
}

/**
 * Starts a program in its own process group.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number }} [options]
 */
export function startChild(command, args, { env = process.env, ...options } = {}) {
  const child = spawn(command, args, { ...options, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.on("exit", () => running.delete(child));
  child.on("error", () => running.delete(child));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr = (output.stderr + chunk).slice(-4000);
  });
  return { child, output };
}

/**
 * Runs a program to its end and returns its output. @param {string} command @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number, timeoutMs: number }} options
 */
export async function runChild(command, args, { timeoutMs, ...options }) {
  const { child, output } = startChild(command, args, options);
  const timer = setTimeout(() => killGroup(child), timeoutMs);
  const exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(timer);
  if (exitCode !== 0) throw new Error(`${command} ${args[0]} exited with ${exitCode}: ${output.stderr}`);
  return output.stdout;
}

/** @param {ChildProcess} child */
export async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.on("exit", resolve));
  killGroup(child);
  await gone;
}

/** @param {ChildProcess} child */
function killGroup(child) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself a moment ago.
  }
}

/** A port that is free now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * CPU seconds used so far and memory currently held by a process and its descendants. Linux only; zeros
 * elsewhere. @param {number} pid
 */
export function usage(pid) {
  let cpuSeconds = 0;
  let rssMb = 0;
  for (const each of family(pid)) {
    try {
      // The name in parentheses may contain spaces: count from after it.
      const fields = readFileSync(`/proc/${each}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      // With what its children have used that have ended, such as PostgreSQL's for connections that were closed.
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      cpuSeconds += ticks / TICKS_PER_SECOND;
      rssMb += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, "latin1"))?.[1] ?? 0) / 1024;
    } catch {
      // It has ended in the meantime.
    }
  }
  return { cpuSeconds, rssMb };
}

/** @param {number} pid @returns {number[]} */
function family(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").trim().split(" ").filter(Boolean),
    );
    return [pid, ...children.flatMap((child) => family(Number(child)))];
  } catch {
    return [];
  }
}
