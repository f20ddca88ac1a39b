import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set<ChildProcess>();
const endings: Array<() => void> = [];

/** Starts a program that does not outlive this script. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(command, [...args], options);
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Adopts a child that other code has started. */
export function adopt(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
}

export const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** Sends a signal and waits for the end; resolves to the exit code, or the signal that ended it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  if (isRunning(child)) {
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
  return child.exitCode ?? child.signalCode ?? "";
}

/** A folder that is deleted when the script ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-faults-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Does something when the script ends, however it ends, in reverse order. */
export function atEnd(act: () => void): void {
  endings.push(act);
}

process.once("exit", () => {
  for (const child of children) {
    child.kill("SIGCONT");
    child.kill("SIGKILL");
  }
  for (const act of endings.reverse()) {
    try {
      act();
    } catch (error) {
      process.stderr.write(`could not clean up: ${error}\n`);
    }
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
