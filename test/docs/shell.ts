import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Operator } from "../server/cli/command.js";
import { commandLine } from "../server/cli/command-line.js";

const LATCHKEY = /npm run (?:--silent )?latchkey --/g;

/** Runs a document's commands in an operator's folder; `latchkey` is the command bundled for the tests. */
export async function runBlock(block: string, { folder, environment }: Operator): Promise<string> {
  const [cli = ""] = await commandLine([]);
  const script = `set -e\n${block.replace(LATCHKEY, `'${process.execPath}' '${cli}'`)}`;
  const { stdout } = await promisify(execFile)("sh", ["-c", script], {
    cwd: folder,
    env: { ...environment },
  });
  return stdout;
}
