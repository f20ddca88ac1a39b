import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import type { Operator } from "./command.js";
import { commandLine } from "./command-line.js";

const IN_OWN_MOUNTS = ["--map-root-user", "--mount", "sh", "-euc"] as const;

/** Whether this machine lets a process mount file systems that only it sees. */
export const canMount = (() => {
  try {
    execFileSync("unshare", [...IN_OWN_MOUNTS, "mount -t tmpfs test /tmp"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** Mounts what `script` says, in the operator's folder, and runs the bundled command with these words. */
export async function runWithMounts(
  { folder, environment }: Operator,
  { script, words, databaseUrl }: { script: string; words: readonly string[]; databaseUrl?: string },
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const command = [process.execPath, ...(await commandLine(words))];
  return promisify(execFile)("unshare", [...IN_OWN_MOUNTS, `${script}\nexec "$@"`, "sh", ...command], {
    cwd: folder,
    env: { ...environment, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) },
  });
}
