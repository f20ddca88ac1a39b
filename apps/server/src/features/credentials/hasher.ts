import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { unavailable } from "../../error.js";
import { ENGINE_NAMES, knowsAnswers, loadEngine } from "./argon2-engine.mjs";

/** argon2i's parameters, as in a PHC string. */
export interface Argon2Parameters {
  readonly timeCost: number;
  readonly memoryKib: number;
  readonly parallelism: number;
}

/** Computes hashes outside the event loop and outside libuv's pool, in which tokens are verified. */
export interface Hasher {
  /** The library in use. */
  readonly engine: string;
  /** How many hashes can be computed at once. */
  readonly size: number;
  /** How many old hashes can be compared at once, in threads of their own. */
  readonly sizeOfOld: number;
  /** Makes a PHC string `$argon2i$v=19$m=…,t=…,p=…$…` with a new salt. */
  hash(password: string, parameters: Argon2Parameters): Promise<string>;
  /** Whether a password matches a hash of any kind that `readHash` reads; `false` if it is not a hash. */
  verify(hash: string, password: string): Promise<boolean>;
  /**
   * The same for a hash that may take much longer than ours: no other hash has to wait behind it, and it
   * yields to the others.
   */
  verifyOld(hash: string, password: string): Promise<boolean>;
  close(): Promise<void>;
}

interface Task {
  readonly hash?: string;
  readonly password: string;
  readonly parameters?: Argon2Parameters;
}

/** Is told how long each hash took. */
export type ObserveHash = (operation: "hash" | "verify", seconds: number) => void;

/** Lower than the event loop's priority: on a machine with few cores other requests go first. */
const NICE = 10;
/** About a seventh of the others' time while all want the same core. */
const NICE_OF_OLD = 19;

/** The threads of this process. All hashers in it share them, as many as the largest one needs. */
const threads: Thread[] = [];
const threadsOfOld: Thread[] = [];
let openHashers = 0;

/**
 * Opens the first engine that computes known answers correctly. `processes` is how many share the machine.
 */
export async function openHasher(processes = 1, observe?: ObserveHash): Promise<Hasher> {
  const engine = await chosenEngine();
  const size = Math.max(1, Math.floor(availableParallelism() / processes));
  openHashers++;
  let open = true;
  const sizeOfOld = Math.max(1, Math.floor(size / 2));
  const own = firstOf(threads, size, () => createThread(engine, NICE));
  const ownOfOld = firstOf(threadsOfOld, sizeOfOld, () => createThread(engine, NICE_OF_OLD));
  const run = async (among: readonly Thread[], operation: Parameters<ObserveHash>[0], task: Task) => {
    const { value, seconds } = await leastBusy(among).run(task);
    observe?.(operation, seconds);
    return value;
  };
  return {
    engine,
    size,
    sizeOfOld,
    // Safe: the worker answers a task without a hash with a string, and one with a hash with a boolean.
    hash: async (password, parameters) => (await run(own, "hash", { password, parameters })) as string,
    verify: async (hash, password) => (await run(own, "verify", { hash, password })) as boolean,
    verifyOld: async (hash, password) => (await run(ownOfOld, "verify", { hash, password })) as boolean,
    close: async () => {
      if (!open) return;
      open = false;
      openHashers--;
      if (openHashers > 0) return;
      await Promise.all([...threads.splice(0), ...threadsOfOld.splice(0)].map((thread) => thread.close()));
    },
  };
}

let chosen: Promise<string> | undefined;

/** The same one for the life of the process. */
function chosenEngine(): Promise<string> {
  chosen ??= chooseEngine();
  return chosen;
}

async function chooseEngine(): Promise<string> {
  for (const name of ENGINE_NAMES) {
    try {
      if (name === "argon2") assertRuns(name);
      if (await knowsAnswers(await loadEngine(name))) return name;
    } catch {
      // No binary for this machine: try the next one.
    }
  }
  throw new Error(
    "Neither @node-rs/argon2 nor argon2 computes Argon2 correctly on this machine: run `npm ci` again",
  );
}

/**
 * A binary for another machine may crash the process that loads it, so it is loaded in another process first.
 */
function assertRuns(name: string): void {
  const program = `require(${JSON.stringify(name)}).hash("x", { timeCost: 2, memoryCost: 64 })`;
  execFileSync(process.execPath, ["-e", program], {
    cwd: import.meta.dirname,
    stdio: "ignore",
    timeout: 10_000,
  });
}

/** A value, and how long it took to compute. */
interface Computed {
  readonly value: unknown;
  readonly seconds: number;
}

interface Pending {
  resolve(computed: Computed): void;
  reject(error: Error): void;
}

/** What a worker answers. */
type Answer = { readonly id: number } & (Computed | { readonly failed: true });

interface Thread {
  readonly pending: number;
  run(task: Task): Promise<Computed>;
  close(): Promise<void>;
}

/** A worker thread, started at first use and again after it has died. */
function createThread(engine: string, nice: number): Thread {
  const tasks = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;
  let isClosed = false;

  const start = () => {
    const started = new Worker(new URL("./hash-worker.mjs", import.meta.url), {
      workerData: { engine, nice },
      execArgv: [],
    });
    started.on("message", (answer: Answer) => {
      const task = tasks.get(answer.id);
      tasks.delete(answer.id);
      if (tasks.size === 0) started.unref();
      if ("failed" in answer) task?.reject(new Error("A password could not be hashed"));
      else task?.resolve(answer);
    });
    const ended = (error: Error) => {
      // If it was abandoned before, the current tasks belong to its successor.
      if (worker === started) abandon(error);
    };
    started.on("error", ended);
    started.on("exit", () => ended(new Error("The hashing thread ended")));
    return started;
  };
  const abandon = (error: Error) => {
    worker = undefined;
    for (const task of tasks.values()) task.reject(error);
    tasks.clear();
  };

  return {
    get pending() {
      return tasks.size;
    },
    run: (task) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(unavailable());
        worker ??= start();
        worker.ref();
        const id = ++lastId;
        tasks.set(id, { resolve, reject });
        worker.postMessage({ id, ...task });
      }),
    async close() {
      isClosed = true;
      const closing = worker;
      // The server stops: that is no failure of theirs, and those who asked have been cut off.
      abandon(unavailable());
      await closing?.terminate();
    },
  };
}

/** The first `count` of these; missing ones are created. */
function firstOf(all: Thread[], count: number, create: () => Thread): readonly Thread[] {
  while (all.length < count) all.push(create());
  return all.slice(0, count);
}

function leastBusy(threads: readonly Thread[]): Thread {
  return threads.reduce((best, thread) => (thread.pending < best.pending ? thread : best));
}
