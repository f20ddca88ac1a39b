import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explainInstallFailure } from "./install-failure.mjs";
import { npm } from "./npm.mjs";
import { startProgress } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";
import { writeStamp } from "./stamp.mjs";

/**
 * Whether node_modules holds what package-lock.json asks for, with binaries that run here. If there is a
 * stamp, it is enough; if there is none, npm was run by hand, and npm's own record of the installation
 * decides.
 * @param {string} root
 */
export function isInstalled(root) {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const stamp = join(root, "node_modules/.latchkey-installed");
  const { platform, arch, versions } = process;
  const wanted = `${createHash("sha256").update(lock).digest("hex")} ${platform}-${arch}-${versions.modules}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return true;

  const noted = join(root, "node_modules/.package-lock.json");
  if (!existsSync(noted)) return false;
  if (!fitsLock(JSON.parse(lock), JSON.parse(readFileSync(noted, "utf8")))) return false;
  if (!nativePartsLoad(root)) return false;
  writeStamp(stamp, wanted);
  return true;
}

/**
 * Whether npm's record of the installation matches the lock file. Optional packages may be missing: they are
 * for other machines.
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} LockFile
 * @param {LockFile} lock
 * @param {LockFile} installed
 */
export function fitsLock(lock, installed) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === "") return true;
    const found = installed.packages[path];
    if (found === undefined) return Boolean(wanted.optional || wanted.devOptional);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * In another process, because a binary for another machine may crash the process that loads it.
 * @param {string} root
 */
function nativePartsLoad(root) {
  const program = 'new (require("better-sqlite3"))(":memory:").close()';
  return spawnSync(process.execPath, ["-e", program], { cwd: join(root, "apps/server") }).status === 0;
}

/** Runs `npm ci`. @param {string} root */
export async function install(root) {
  const progress = startProgress(() => "Installing packages");
  const result = await npm(["ci"], root);
  const complete = result.exitCode === 0 && isInstalled(root);
  progress.end(complete ? "Installed" : undefined);
  if (!complete) throw new SetupError(explainInstallFailure(result, root), result.output);
}
