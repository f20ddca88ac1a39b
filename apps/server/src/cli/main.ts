import { explainFailure } from "./failure.js";
import { writeFailure, writeHelp } from "./output.js";
import { createProgram } from "./program.js";

// A reader that has seen enough (`… | head`) closes the pipe; the command's work is done all the same.
process.stdout.on("error", () => {});

const words = process.argv.slice(2);
const separator = words.indexOf("--");
const json = words.slice(0, separator < 0 ? undefined : separator).includes("--json");

try {
  await createProgram({ json, writeHelp: (text) => writeHelp(text, json) }).parseAsync(words, {
    from: "user",
  });
} catch (error) {
  const failure = explainFailure(error);
  if (failure.exitCode !== 0) writeFailure(failure, json);
  process.exitCode = failure.exitCode;
}
// All is written and closed: a Redis that is away must not hold the process until its connection times out.
process.stdout.write("", () => process.exit());
