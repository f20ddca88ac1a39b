import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { CHEAP_HASHES } from "../../support/server.js";

const SERVER = fileURLToPath(new URL("../../../apps/server", import.meta.url));
let bundle: string;

// Bundled as it is released, from the sources as they are now, with what lies beside dist/ there.
beforeAll(async () => {
  bundle = await mkdtemp(join(tmpdir(), "latchkey-cli-bundle-"));
  await symlink(join(SERVER, "migrations"), join(bundle, "migrations"));
  await symlink(join(SERVER, "../../node_modules"), join(bundle, "node_modules"));
  const build = spawn(process.execPath, [join(SERVER, "build.mjs"), join(bundle, "dist")], { stdio: "pipe" });
  const { exitCode, stderr } = await finished(build);
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => rm(bundle, { recursive: true, force: true }));

/** What Node is given to run the command with these words. */
export const commandLine = (words: readonly string[]) => [join(bundle, "dist/cli.js"), ...words];

export const PASSWORD = "correct horse battery";

/** What a finished command left. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  /** All of standard input; without it, it is empty. */
  readonly stdin?: string | Uint8Array;
}

/** An operator at one deployment's machine. */
export interface Operator {
  readonly folder: string;
  readonly databasePath: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the real command as its own process. */
  run(words: readonly string[], circumstances?: Circumstances): Promise<Finished>;
  /** Runs it with `--json`; resolves to what it printed, and fails where it failed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  json(words: readonly string[], circumstances?: Circumstances): Promise<any>;
  leave(): Promise<void>;
}

/** An operator with a folder of their own, on a database of their own or a running server's. */
export async function newOperator(databasePath?: string): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-cli-"));
  const database = databasePath ?? join(folder, "latchkey.db");
  const own = { PATH: process.env.PATH ?? "", ...CHEAP_HASHES, DATABASE_URL: database };
  const run: Operator["run"] = async (words, { environment = {}, stdin = "" } = {}) => {
    const child = spawn(process.execPath, commandLine(words), {
      cwd: folder,
      env: { ...own, ...environment },
    });
    child.stdin.on("error", () => {}).end(stdin);
    return finished(child);
  };
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
    leave: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Waits for the end of a process and gathers what it wrote. */
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
