import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program; on failure, its output is the reason. */
export async function run(
  command: string,
  parameters: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const env = { ...cleanEnvironment(), ...environment };
    const { stdout } = await promisify(execFile)(command, parameters, { cwd, env });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/**
 * Without the variables about this workspace that an npm starting the tests sets: the consumer is elsewhere.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^npm_config_(workspace|local_prefix)/.test(name)));
}
