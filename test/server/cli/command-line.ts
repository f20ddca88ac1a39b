import { join } from "node:path";
import { shared } from "../../support/shared.js";

/** Node's arguments for running the bundled command with these words. */
export async function commandLine(words: readonly string[]): Promise<string[]> {
  return [join(await shared("command"), "dist/cli.js"), ...words];
}
