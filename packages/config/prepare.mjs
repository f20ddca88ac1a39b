import { join } from "node:path";
import { build, isBuilt } from "./build.mjs";
import { install, isInstalled } from "./installation.mjs";
import { withLock } from "./lock.mjs";

export const root = join(import.meta.dirname, "../..");

/** In a folder that git ignores and that `npm ci` leaves alone. */
const LOCK = join(root, ".turbo/prepare.lock");

/** Installs and builds what is missing or has changed. Prints nothing if nothing has. */
export async function prepare() {
  if (isInstalled(root) && isBuilt(root)) return;
  await alone(async () => {
    if (!isInstalled(root)) await install(root);
    if (!isBuilt(root)) await build(root);
  });
}

/** Installs what is missing or has changed. */
export async function prepareInstallation() {
  if (isInstalled(root)) return;
  await alone(async () => {
    if (!isInstalled(root)) await install(root);
  });
}

/**
 * Two starts at once must not install at the same time: the second waits, and finds everything done.
 * @param {() => Promise<void>} work
 */
async function alone(work) {
  const onWait = () =>
    process.stderr.write("Waiting for another process that is installing or building here.\n");
  await withLock(LOCK, work, { onWait });
}
