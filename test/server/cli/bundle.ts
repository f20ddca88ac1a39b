import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { finished } from "./finished.js";

const SERVER = fileURLToPath(new URL("../../../apps/server", import.meta.url));

/** What Node is given to run the bundled command with these words. */
export async function commandLine(words: readonly string[]): Promise<string[]> {
  return [join(await bundle(), "dist/cli.js"), ...words];
}

/**
 * The folder of the bundle that all files of this test run share: made by who first needs it, as it is released, from
 * the sources as they are now, with what lies beside dist/ there.
 */
async function bundle(): Promise<string> {
  const made = join(inject("runFolder"), "bundle");
  if (existsSync(made)) return made;
  await mkdir(inject("runFolder"), { recursive: true });
  const unfinished = await mkdtemp(`${made}-`);
  await symlink(join(SERVER, "migrations"), join(unfinished, "migrations"));
  await symlink(join(SERVER, "../../node_modules"), join(unfinished, "node_modules"));
  const build = spawn(process.execPath, [join(SERVER, "build.mjs"), join(unfinished, "dist")]);
  const { exitCode, stderr } = await finished(build);
  if (exitCode !== 0) throw new Error(stderr);
  try {
    await rename(unfinished, made);
  } catch (error) {
    // Another worker was quicker: its bundle is as good.
    if (!existsSync(made)) throw error;
    await rm(unfinished, { recursive: true });
  }
  return made;
}
