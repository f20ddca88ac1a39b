import { createInterface } from "node:readline/promises";
import { CommandError } from "./failure.js";

/** Asks on the terminal for a yes; where there is none, or another answer, nothing is done. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CommandError("CONFIRMATION_MISSING", "Say --yes: there is no terminal to ask on.", 2);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim()))
      throw new CommandError("CANCELLED", "Cancelled: nothing was changed.");
  } finally {
    terminal.close();
  }
}
