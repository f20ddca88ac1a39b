import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHEAP_HASHES } from "../../support/server.js";
import { commandLine } from "./command-line.js";
import { type Finished, finished } from "./finished.js";
import { runInProcess } from "./in-process.js";

export const PASSWORD = "correct horse battery";

export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  /** All of standard input; empty by default. */
  readonly stdin?: string | Uint8Array;
}

/** An operator on one deployment's machine. */
export interface Operator {
  readonly folder: string;
  readonly databasePath: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the real command in this process, which takes a tenth of the time. */
  run(words: readonly string[], circumstances?: Circumstances): Promise<Finished>;
  /** Runs it with `--json`; resolves to its output, and fails if the command failed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  json(words: readonly string[], circumstances?: Circumstances): Promise<any>;
  /** Runs it bundled, as a separate process: for what only a process can show. */
  spawn(words: readonly string[], circumstances?: Circumstances): Promise<Finished>;
  leave(): Promise<void>;
}

/** An operator with their own folder, on their own database or a running server's. */
export async function newOperator(databasePath?: string): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-cli-"));
  const database = databasePath ?? join(folder, "latchkey.db");
  const own = { PATH: process.env.PATH ?? "", ...CHEAP_HASHES, DATABASE_URL: database };
  const run: Operator["run"] = (words, { environment = {}, stdin = "" } = {}) =>
    runInProcess({ words, folder, environment: { ...own, ...environment }, stdin });
  return {
    folder,
    databasePath: database,
    environment: own,
    run,
    async json(words, circumstances) {
      const { exitCode, stdout, stderr } = await run([...words, "--json"], circumstances);
      if (exitCode !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    },
    async spawn(words, { environment = {}, stdin = "" } = {}) {
      const child = spawn(process.execPath, await commandLine(words), {
        cwd: folder,
        env: { ...own, ...environment },
      });
      child.stdin.on("error", () => {}).end(stdin);
      return finished(child);
    },
    leave: () => rm(folder, { recursive: true, force: true }),
  };
}
