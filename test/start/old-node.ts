import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { versionFault } from "../../packages/config/node-version.mjs";
import { run } from "../support/run.js";

const root = join(import.meta.dirname, "../..");
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const NAME = `node-${process.platform}-${process.arch}`;
const VERSION = "20.20.2";
const cache = join(root, "node_modules/.cache");
const kept = join(cache, `latchkey-node-${VERSION}`);

/**
 * A Node that is too old: the machine's own if it has one, otherwise npm's; `undefined` if neither is
 * available.
 */
export async function findOldNode(): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  const own = onPath.find((program) => existsSync(program) && isTooOld(program));
  if (own !== undefined) return own;
  const program = join(kept, "node_modules", NAME, "bin/node");
  if (existsSync(program)) return program;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "latchkey-installing-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    await run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", `${NAME}@${VERSION}`],
      folder,
    );
    await rename(folder, kept);
    return program;
  } catch {
    // There is neither a registry nor a cached copy.
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isTooOld(program: string): boolean {
  const version = execFileSync(program, ["-p", "process.versions.node"], { encoding: "utf8" }).trim();
  return versionFault(version, engines.node) !== undefined;
}
