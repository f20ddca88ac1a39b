import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { explainInstallFailure } from "./install-failure.mjs";
import { withLock } from "./lock.mjs";
import { npm } from "./npm.mjs";
import { SetupError } from "./setup-error.mjs";
import { writeStamp } from "./stamp.mjs";

const here = dirname(fileURLToPath(import.meta.url));
/** In a folder that git ignores. */
const LOCK = join(here, "../../.turbo/node.lock");

/**
 * The path of the pinned Node, which npm installs if it is missing. The npm package `node` picks one of these
 * packages with an install script and without a checksum: they are named here instead, and locked.
 * @param {string} fault what is wrong with the Node that runs this
 */
export async function bringNode(fault) {
  const name = `${process.platform}-${process.arch}`;
  const folder = join(here, "runtime", name);
  // Nothing to install: there is none for this machine, or npm does not provide it.
  if (!existsSync(folder)) throw new SetupError(fault);

  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const packageName = `node-${name}`;
  const { version } = JSON.parse(lock).packages[`node_modules/${packageName}`];
  const program = join(folder, "node_modules", packageName, "bin/node");
  const stamp = join(folder, "node_modules/.latchkey-brought");
  const wanted = createHash("sha256").update(lock).digest("hex");
  const isHere = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (!isHere()) {
    await withLock(LOCK, async () => {
      if (isHere()) return;
      const current = process.versions.node;
      process.stderr.write(
        `Node ${current} is too old for Latchkey: downloading Node ${version} from npm (only once) …\n`,
      );
      await install(folder, fault);
      if (spawnSync(program, ["--version"]).status !== 0) {
        throw new SetupError(`npm's Node ${version} does not run on this machine. ${fault}`);
      }
      writeStamp(stamp, wanted);
    });
  }
  return program;
}

/** @param {string} folder @param {string} fault */
async function install(folder, fault) {
  const result = await npm(["ci"], folder);
  if (result.exitCode !== 0)
    throw new SetupError(`${explainInstallFailure(result, folder)} ${fault}`, result.output);
}
