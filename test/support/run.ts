import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program; its output is the reason where it fails. */
export async function run(command: string, parameters: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, parameters, { cwd, env: cleanEnvironment() });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Without what an npm that started the tests says about this workspace: it is not the consumer's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^npm_config_(workspace|local_prefix)/.test(name)));
}
