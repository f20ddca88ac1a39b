import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/port.js";
import { end, isRunning, start, temporaryFolder } from "./children.js";
import { type Client, openClient } from "./http.js";

/** The built server; `LATCHKEY_MAIN` names another build. */
export const MAIN =
  process.env.LATCHKEY_MAIN ?? join(import.meta.dirname, "../../../apps/server/dist/main.js");

/** Hashing costs next to nothing in scripts that are not about it. */
export const CHEAP_HASHES = { ARGON2_MEMORY_KIB: "512", ARGON2_TIME_COST: "1" };

export interface ServerOptions {
  /** Settings, as an operator would make them. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly databasePath?: string;
  readonly port?: number;
  readonly cheapHashes?: boolean;
  /** A program to run it with, such as `prlimit` and its arguments. */
  readonly prefix?: readonly string[];
  /** Another program than `MAIN`. */
  readonly main?: string;
}

export interface Server {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly databasePath: string;
  readonly client: Client;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  /** The last lines of its output. */
  output(): string;
  /** Resolves to the exit code or the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface Launched {
  readonly process: ChildProcess;
  readonly port: number;
  readonly databasePath: string;
  output(): string;
}

/** Options with which a server appends its log to a file, as many operators do. */
export function loggingTo(file: string): Pick<ServerOptions, "environment" | "prefix"> {
  const append = ["sh", "-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", file];
  return { environment: { LOG_LEVEL: "info" }, prefix: append };
}

/** Starts the program and does not wait for it. */
export async function launch(options: ServerOptions = {}): Promise<Launched> {
  const { environment, cheapHashes = true, prefix = [], main = MAIN } = options;
  const port = options.port ?? (await freePort());
  const databasePath = options.databasePath ?? join(temporaryFolder(), "latchkey.db");
  const [command = "", ...args] = [...prefix, process.execPath, main];
  const child = start(command, args, {
    // Nothing from the environment of this script: no `.env`, no settings.
    cwd: temporaryFolder(),
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: "127.0.0.1",
      DATABASE_URL: databasePath,
      // All load comes from one network.
      REGISTRATIONS_PER_NETWORK: "1000000000",
      LOG_LEVEL: "warn",
      ...(cheapHashes && CHEAP_HASHES),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  const keep = (chunk: Buffer) => {
    written = (written + chunk.toString("utf8")).slice(-20_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return { process: child, port, databasePath, output: () => written };
}

/** Starts the server and waits until it answers. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const fromMs = performance.now();
  const launched = await launch(options);
  const client = openClient(launched.port);
  await answering(launched, client);
  const { process: child } = launched;
  return {
    ...launched,
    pid: child.pid ?? 0,
    client,
    startMs: performance.now() - fromMs,
    async stop(signal = "SIGKILL") {
      const code = await end(child, signal);
      client.close();
      return code;
    },
  };
}

const START_LIMIT_MS = 30_000;

/** Waits until a server answers; throws with its output if it exits or stays silent. */
export async function answering({ process: child, output }: Launched, client: Client): Promise<void> {
  const untilMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < untilMs) {
    if (!isRunning(child))
      throw new Error(`the server exited: ${child.exitCode ?? child.signalCode} ${output()}`);
    if ((await client.send("GET", "/livez")).status === 200) return;
    await sleep(10);
  }
  throw new Error(`the server does not answer: ${output()}`);
}

/** Waits for a launched server to exit; resolves to its exit code, or `undefined` if it keeps running. */
export async function ended({ process: child }: Launched, withinMs: number): Promise<number | undefined> {
  const timer = AbortSignal.timeout(withinMs);
  if (isRunning(child)) await once(child, "exit", { signal: timer }).catch(() => undefined);
  return child.exitCode ?? undefined;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Memory in use, in MiB. */
export function residentMiB(pid: number): number {
  const [, kib = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

export const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
