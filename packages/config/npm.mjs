import { delimiter, dirname } from "node:path";
import { runQuietly } from "./child.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Includes development packages, because building needs them. None of them needs to run an install script.
 */
const OPTIONS = [
  "--include=dev",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-update-notifier",
  // npm's messages are shown if it fails, even if the user's settings silence them.
  "--loglevel=warn",
];

/**
 * Runs the npm that runs this process, or the one on PATH, with the current Node, since there may be several.
 * @param {readonly string[]} args @param {string} cwd
 */
export async function npm(args, cwd) {
  const script = process.env.npm_execpath;
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}` };
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  try {
    return await runQuietly(command, [...first, ...args, ...OPTIONS], { cwd, env });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    throw new SetupError(
      "npm is missing. Install it, or install Node from https://nodejs.org, which includes it.",
    );
  }
}
