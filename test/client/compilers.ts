import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../support/run.js";

/** Compilers older than the workspace's own that users may have. */
const VERSIONS = { "typescript-5.7": "5.7.3", "typescript-5.9": "5.9.3", "typescript-6.0": "6.0.3" };

export const OLDER_COMPILERS = Object.keys(VERSIONS);

const cache = join(import.meta.dirname, "../../node_modules/.cache");
const kept = join(cache, `latchkey-compilers-${Object.values(VERSIONS).join("-")}`);

/** Installs them in a folder that outlives the run; resolves to whether that succeeded. */
export async function installOlderCompilers(): Promise<boolean> {
  if (existsSync(kept)) return true;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "latchkey-installing-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@npm:typescript@${version}`);
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted], folder);
    await rename(folder, kept);
    return true;
  } catch {
    // Another run may have been first; otherwise there is neither a registry nor a cached copy.
    return existsSync(kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const olderCompiler = (name: string) => [join(kept, "node_modules", name, "bin/tsc")];
