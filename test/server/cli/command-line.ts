import { join } from "node:path";
import { shared } from "../../support/shared.js";

/** What Node is given to run the bundled command with these words. */
export async function commandLine(words: readonly string[]): Promise<string[]> {
  return [join(await shared("command"), "dist/cli.js"), ...words];
}
