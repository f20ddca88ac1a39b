import { Readable, Writable } from "node:stream";
import { runCommand } from "../../../apps/server/src/cli/run-command.js";
import type { Finished } from "./finished.js";

export interface Call {
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** All of standard input. */
  readonly stdin: string | Uint8Array;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command in this process, from its sources. Calls run one after the other, because there is only
 * one current folder.
 */
export function runInProcess(call: Call): Promise<Finished> {
  const run = last.then(() => runInFolder(call));
  last = run.catch(() => {});
  return run;
}

async function runInFolder({ words, folder, environment, stdin }: Call): Promise<Finished> {
  const before = process.cwd();
  const [stdout, stderr] = [sink(), sink()];
  process.chdir(folder);
  try {
    const exitCode = await runCommand(words, {
      stdin: Readable.from(pieces(Buffer.from(stdin))),
      stdout: stdout.stream,
      stderr: stderr.stream,
      environment,
      interruptible: (work) => work(new AbortController().signal),
    });
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
  }
}

/** In small pieces, as from a pipe. */
function* pieces(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

function sink() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
