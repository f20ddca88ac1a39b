import { runCommand } from "./run-command.js";
import type { Surroundings } from "./surroundings.js";

// A reader that has seen enough (`… | head`) closes the pipe; the command still completes its work.
process.stdout.on("error", () => {});

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
// Everything is written and closed: an unreachable Redis must not keep the process alive until its connection
// times out.
stdout.write("", () => process.exit(exitCode));
