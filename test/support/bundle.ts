import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Shared } from "./once-per-run.js";
import { run } from "./run.js";

const SERVER = join(import.meta.dirname, "../../apps/server");

/**
 * Bundles the operator's command as it is released, from the current sources, together with the files next to
 * dist/.
 */
export async function bundleCommand(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-bundle-"));
  await symlink(join(SERVER, "migrations"), join(folder, "migrations"));
  await symlink(join(SERVER, "../../node_modules"), join(folder, "node_modules"));
  await run(process.execPath, [join(SERVER, "build.mjs"), join(folder, "dist")], SERVER);
  return { address: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
