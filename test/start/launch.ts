import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHEAP_HASHES } from "../support/server.js";

export const BUILT_SERVER = join(import.meta.dirname, "../../apps/server/dist/main.js");

/** The built server as a separate process, as an operator starts it. */
export interface Launched {
  readonly process: ChildProcess;
  /** Everything it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves to its URL when it has logged that it listens; rejects if it exits before that. */
  readonly url: Promise<string>;
  /** Resolves to its exit code. */
  readonly exit: Promise<number | null>;
}

export interface LaunchOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another build's `main.js`. */
  readonly program?: string;
  readonly args?: readonly string[];
  /** A program to run it with, such as a shell that redirects its output. */
  readonly prefix?: readonly string[];
}

/** Starts the built server on a free port. */
export function launch(options: LaunchOptions): Launched {
  const { cwd, environment, program = BUILT_SERVER, args: own = [], prefix = [] } = options;
  const { PATH = "", HOME = "" } = process.env;
  const [command = "", ...args] = [...prefix, process.execPath, program, ...own];
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, PORT: "0", ...CHEAP_HASHES, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const exit = once(child, "close").then(([code]) => code as number | null); // Safe: `close` provides these.
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      const port = /"port":(\d+)[^\n]*"msg":"listening"[^\n]*\n/.exec(stdout)?.[1];
      if (port !== undefined) resolve(`http://localhost:${port}`);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    void exit.then((code) => reject(new Error(`ended with ${code} before it listened: ${stderr}`)));
  });
  // A test that does not ask for the URL does not need this rejection.
  url.catch(() => {});
  return { process: child, stdout: () => stdout, stderr: () => stderr, url, exit };
}

/** Runs `use` in an empty folder, and ends whatever was launched there in any case. */
export async function inEmptyFolder(
  use: (
    folder: string,
    start: (environment?: Record<string, string>, prefix?: readonly string[]) => Launched,
  ) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-start-"));
  const launched: Launched[] = [];
  const start = (environment: Record<string, string> = {}, prefix: readonly string[] = []) => {
    const one = launch({ cwd: folder, environment, prefix });
    launched.push(one);
    return one;
  };
  try {
    await use(folder, start);
  } finally {
    for (const each of launched) each.process.kill("SIGKILL");
    await Promise.all(launched.map(({ exit }) => exit));
    await rm(folder, { recursive: true, force: true });
  }
}

/** The lines that it logged. */
export function logLines(launched: Launched): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return launched
    .stdout()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
