import { explainFailure } from "./failure.js";
import { type Answer, answerText, failureText } from "./output.js";
import { createProgram } from "./program.js";
import { createShell } from "./shell.js";
import type { Surroundings } from "./surroundings.js";

const WIDTH = 80;

/**
 * Runs the operator's command in its surroundings; resolves to its exit code when everything is done and
 * closed.
 */
export async function runCommand(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const separator = words.indexOf("--");
  const json = words.slice(0, separator < 0 ? undefined : separator).includes("--json");
  let exitCode = 0;
  const tell = (answer: Answer) => {
    stdout.write(answerText(answer, json));
    exitCode = answer.exitCode ?? 0;
  };
  try {
    const program = createProgram(createShell(surroundings, { json, tell }), {
      writeOut: (text) => stdout.write(text),
      // Help that was not asked for, printed because a command is missing: only for people.
      writeErr: (text) => {
        if (!json) stderr.write(text);
      },
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
    });
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    const failure = explainFailure(error);
    if (failure.exitCode !== 0) stderr.write(failureText(failure, json));
    return failure.exitCode;
  }
}

function widthOf({ isTTY, columns = WIDTH }: Surroundings["stdout"]): number {
  return isTTY ? columns : WIDTH;
}
