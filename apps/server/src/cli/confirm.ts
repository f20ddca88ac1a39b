import { createInterface } from "node:readline/promises";
import { CommandError } from "./failure.js";
import type { Surroundings } from "./surroundings.js";

/** Asks for a yes on the terminal; without a terminal, or with any other answer, nothing is done. */
export async function confirm(
  { stdin, stderr }: Pick<Surroundings, "stdin" | "stderr">,
  question: string,
): Promise<void> {
  if (!stdin.isTTY) {
    throw new CommandError("CONFIRMATION_MISSING", "Pass --yes: there is no terminal to ask on.", 2);
  }
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim()))
      throw new CommandError("CANCELLED", "Cancelled: nothing was changed.");
  } finally {
    terminal.close();
  }
}
