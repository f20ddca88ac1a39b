import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../../packages/config/npm.mjs";
import { prepare } from "../../packages/config/prepare.mjs";

const here = import.meta.dirname;
const STAMP = join(here, "node_modules/.latchkey-bench");

/** Installs and builds the server if needed, and, once, the rivals in a separate folder. */
export async function prepareBench() {
  await prepare();
  const lock = createHash("sha256")
    .update(readFileSync(join(here, "package-lock.json")))
    .digest("hex");
  const wanted = `${lock} ${process.platform}-${process.arch}-${process.versions.modules}`;
  if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== wanted) {
    console.log("Installing the rivals into test/bench/node_modules (only once) …");
    const { exitCode, output } = await npm(["ci"], here);
    if (exitCode !== 0) throw new Error(`npm ci exited with ${exitCode}: ${output}`);
    writeFileSync(STAMP, wanted);
  }
}
