import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** The result of a finished command. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of a process and collects its output. */
export async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}
