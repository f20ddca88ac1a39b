import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ENGINE_NAMES, knowsAnswers, loadEngine } from "./argon2-engine.mjs";

/** argon2i's parameters, as they stand in a PHC string. */
export interface Argon2Parameters {
  readonly timeCost: number;
  readonly memoryKib: number;
  readonly parallelism: number;
}

/** Computes hashes away from the event loop and from libuv's pool, in which tokens are verified. */
export interface Hasher {
  /** The library that computes. */
  readonly engine: string;
  /** How many hashes can be computed at once. */
  readonly size: number;
  /** Makes a PHC string `$argon2i$v=19$m=…,t=…,p=…$…` with a salt of its own. */
  hash(password: string, parameters: Argon2Parameters): Promise<string>;
  /** Whether a password fits a hash of any kind that `readHash` reads; `false` for what is none. */
  verify(hash: string, password: string): Promise<boolean>;
  close(): Promise<void>;
}

interface Task {
  readonly hash?: string;
  readonly password: string;
  readonly parameters?: Argon2Parameters;
}

/** Hears how long the computing of each hash took. */
export type ObserveHash = (operation: "hash" | "verify", seconds: number) => void;

/** Opens the first engine that gives known answers. `processes` is how many share the machine. */
export async function openHasher(processes = 1, observe?: ObserveHash): Promise<Hasher> {
  const engine = await chooseEngine();
  const size = Math.max(1, Math.floor(availableParallelism() / processes));
  const threads = Array.from({ length: size }, () => createThread(engine, observe));
  const run = (task: Task) => leastBusy(threads).run(task);
  return {
    engine,
    size,
    // Safe: the worker answers a task without a hash with a string, and one with a hash with a boolean.
    hash: async (password, parameters) => (await run({ password, parameters })) as string,
    verify: async (hash, password) => (await run({ hash, password })) as boolean,
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

async function chooseEngine(): Promise<string> {
  for (const name of ENGINE_NAMES) {
    try {
      if (name === "argon2") assertRuns(name);
      if (await knowsAnswers(await loadEngine(name))) return name;
    } catch {
      // No binary for this machine: the next one.
    }
  }
  throw new Error(
    "Neither @node-rs/argon2 nor argon2 computes Argon2 correctly on this machine: run `npm ci` again",
  );
}

/** A binary for another machine may end the process that loads it: let that be another process. */
function assertRuns(name: string): void {
  const program = `require(${JSON.stringify(name)}).hash("x", { timeCost: 2, memoryCost: 64 })`;
  execFileSync(process.execPath, ["-e", program], {
    cwd: import.meta.dirname,
    stdio: "ignore",
    timeout: 10_000,
  });
}

interface Pending {
  readonly operation: "hash" | "verify";
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What a worker answers. */
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly seconds?: number;
  readonly failed?: true;
}

interface Thread {
  readonly pending: number;
  run(task: Task): Promise<unknown>;
  close(): Promise<void>;
}

/** A worker thread, started when it is first needed and again after it has died. */
function createThread(engine: string, observe?: ObserveHash): Thread {
  const tasks = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const start = () => {
    const started = new Worker(new URL("./hash-worker.mjs", import.meta.url), {
      workerData: { engine },
      execArgv: [],
    });
    started.on("message", ({ id, value, seconds, failed }: Answer) => {
      const task = tasks.get(id);
      tasks.delete(id);
      if (tasks.size === 0) started.unref();
      if (task !== undefined && seconds !== undefined) observe?.(task.operation, seconds);
      if (failed) task?.reject(new Error("A password could not be hashed"));
      else task?.resolve(value);
    });
    started.on("error", (error) => abandon(error));
    started.on("exit", () => abandon(new Error("The hashing thread ended")));
    const abandon = (error: Error) => {
      if (worker === started) worker = undefined;
      for (const task of tasks.values()) task.reject(error);
      tasks.clear();
    };
    return started;
  };

  return {
    get pending() {
      return tasks.size;
    },
    run: (task) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        worker.ref();
        const id = ++lastId;
        tasks.set(id, { operation: task.hash === undefined ? "hash" : "verify", resolve, reject });
        worker.postMessage({ id, ...task });
      }),
    close: async () => {
      await worker?.terminate();
    },
  };
}

function leastBusy(threads: readonly Thread[]): Thread {
  return threads.reduce((best, thread) => (thread.pending < best.pending ? thread : best));
}
