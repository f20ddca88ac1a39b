import { runCommand } from "./run-command.js";
import type { Surroundings } from "./surroundings.js";

let lost: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`… | head`) closes the pipe; the command still completes its work.
  if (error.code !== "EPIPE") lost = error;
});
// A failure to write errors cannot be reported anywhere.
process.stderr.on("error", () => {});

const interruptible: Surroundings["interruptible"] = async (work) => {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
};

const { stdin, stdout, stderr } = process;
const surroundings = { stdin, stdout, stderr, environment: process.env, interruptible };
const exitCode = await runCommand(process.argv.slice(2), surroundings);
if (exitCode === 0 && lost === undefined) await new Promise((written) => stdout.write("", written));
if (lost !== undefined) {
  stderr.write(`latchkey: The command succeeded, but its output could not be written (${lost.code}).\n`);
}
// Everything is written and closed: an unreachable Redis must not keep the process alive until its connection
// times out.
stderr.write("", () => process.exit(lost === undefined ? exitCode : 1));
