import cluster, { type Worker } from "node:cluster";
import type { Readable } from "node:stream";
import type { LineWriter } from "../world/line-writer.js";
import type { Log } from "../world/log.js";
import type { Output } from "./output.js";
import type { StopSignals } from "./stop-signals.js";
import { greet } from "./welcome.js";

/** How soon a worker that died is replaced. */
const RESTART_MS = 500;
/** A line that does not end is passed on in parts. */
const LONGEST_LINE = 64 * 1024;

/**
 * Keeps `count` workers running until a signal comes; exits with the last of them. It alone writes what they
 * write: a descriptor shared by several processes would wait for its reader as soon as one of them starts or
 * ends, because Node then resets it.
 */
export function supervise(count: number, { log, output, signals }: Supervision): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    log("info", "stopping", { signal });
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal);
    endWithLast();
  };
  /** There may be none even when the signal comes: all of them may be waiting to be replaced. */
  const endWithLast = () => {
    if (living.size > 0) return;
    log("info", "stopped");
    void output.exit(0);
  };
  const living = new Set<Worker>();
  const begun = new Set<number>();
  let greeted = false;
  cluster.on("listening", (worker, { port }) => {
    begun.add(worker.id);
    if (!greeted) greet(port, output);
    greeted = true;
  });
  const ended = (worker: Worker, exitCode: number | null) => {
    living.delete(worker);
    // Restarting does not help a worker that could not even start.
    if (!stopping && worker.id <= count && !begun.has(worker.id)) return void output.exit(exitCode ?? 1);
    if (!stopping) {
      log("warn", "a worker ended and is replaced", { code: String(worker.process.signalCode ?? exitCode) });
      setTimeout(() => !stopping && start(), RESTART_MS);
    } else endWithLast();
  };
  const told = new Set<string>();
  /** What keeps one worker from starting keeps the others from it, too: the operator is told once. */
  const sentence = (worker: Worker, line: string) => {
    if (!begun.has(worker.id) && told.has(line)) return;
    if (!begun.has(worker.id)) told.add(line);
    output.sentences.write(line);
  };
  const start = () => {
    const worker = cluster.fork();
    living.add(worker);
    const { stdout, stderr } = worker.process;
    if (stdout !== null) passOn(stdout, output.lines);
    if (stderr !== null) passOn(stderr, { write: (line) => sentence(worker, line) });
    // Not its exit: what it wrote last is read after that.
    worker.process.once("close", (exitCode) => ended(worker, exitCode));
  };
  cluster.setupPrimary({ silent: true });
  signals.onFirst(stop);
  for (let i = 0; i < count && !stopping; i++) start();
}

interface Supervision {
  readonly log: Log;
  readonly output: Output;
  readonly signals: StopSignals;
}

/** Passes whole lines on. */
function passOn(stream: Readable, writer: Pick<LineWriter, "write">): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) writer.write(`${line}\n`);
    if (rest.length > LONGEST_LINE) endLine();
  });
  const endLine = () => {
    if (rest !== "") writer.write(`${rest}\n`);
    rest = "";
  };
  stream.on("end", endLine);
}
