import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { newPassword } from "@latchkey/contracts/fields/text";
import { CommandError } from "./failure.js";
import { parseInput } from "./input.js";
import type { Surroundings } from "./surroundings.js";

/** No password is longer in bytes: 1024 code points of four bytes. */
const MAX_BYTES = 4096;

type Keyboard = Pick<Surroundings, "stdin" | "stderr">;

/**
 * A password to be set: asked for twice on a terminal, otherwise read from the first line of standard input.
 */
export async function readNewPassword(keyboard: Keyboard, min: number): Promise<string> {
  const password = keyboard.stdin.isTTY ? await askTwice(keyboard) : await readFirstLine(keyboard);
  if (password === "") throw new CommandError("PASSWORD_MISSING", "No password was given.");
  return parseInput(newPassword(min), password, { name: () => "The password", exitCode: 1 });
}

/**
 * Asks without echoing. The prompts go to standard error, so that standard output contains only the answer.
 */
async function askTwice({ stdin, stderr }: Keyboard): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: muted, terminal: true, historySize: 0 });
  // Iterated, because lines that arrive at once must not be lost between two questions.
  const lines = terminal[Symbol.asyncIterator]();
  const ask = async (question: string) => {
    stderr.write(question);
    const { done, value } = await lines.next();
    stderr.write("\n");
    if (done) throw new CommandError("CANCELLED", "Cancelled: nothing was changed.");
    return value;
  };
  try {
    const password = await ask("Password: ");
    const repeated = await ask("Repeat the password: ");
    if (repeated !== password) throw new CommandError("PASSWORDS_DIFFER", "The two passwords are different.");
    return password;
  } finally {
    terminal.close();
  }
}

/** The first line of standard input, without its end. */
export async function readFirstLine({ stdin }: Keyboard): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (chunk.includes("\n") || size > MAX_BYTES + 2) break;
  }
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf("\n");
  const line = bytes.subarray(0, end < 0 ? undefined : end);
  if (line.length > MAX_BYTES + 1) throw new CommandError("INVALID_INPUT", "The password is too long.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line).replace(/\r$/, "");
  } catch {
    throw new CommandError("INVALID_INPUT", "The password must be valid UTF-8.");
  }
}
