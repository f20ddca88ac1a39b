import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runQuietly } from "./child.mjs";
import { explainInstallFailure } from "./install-failure.mjs";
import { startProgress } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";
import { writeStamp } from "./stamp.mjs";

/**
 * Whether node_modules holds what package-lock.json asks for, compiled for this Node. A stamp says so at once; where
 * there is none, somebody has run npm by hand, and a look at what npm noted decides.
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
 * Whether what npm noted as installed is what the lock file asks for. What is optional may be missing: it is for
 * other machines.
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

/** In another process: a binary for another Node or machine may end the one that loads it. @param {string} root */
function nativePartsLoad(root) {
  const program = 'new (require("better-sqlite3"))(":memory:").close()';
  return spawnSync(process.execPath, ["-e", program], { cwd: join(root, "apps/server") }).status === 0;
}

/** Runs `npm ci`. @param {string} root */
export async function install(root) {
  const progress = startProgress(() => {
    const compiling = nativeParts(root).filter((name) => isCompiling(join(root, "node_modules", name)));
    return compiling.length === 0
      ? "Installing packages"
      : `Compiling native parts, once: ${compiling.join(", ")}`;
  });
  // Also the development packages: building needs them. npm's words are shown if it fails, whoever silenced it.
  const options = ["--include=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=warn"];
  const result = await npm(["ci", ...options], root);
  const complete = result.exitCode === 0 && isInstalled(root);
  progress.end(complete ? "Installed" : undefined);
  if (!complete) throw new SetupError(explainInstallFailure(result), result.output);
}

/** @param {string} root @returns {string[]} */
function nativeParts(root) {
  return Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).allowScripts);
}

/** node-gyp begins with a configuration and ends with a binary. @param {string} folder */
function isCompiling(folder) {
  if (!existsSync(join(folder, "build/config.gypi"))) return false;
  const binaries = join(folder, "build/Release");
  return !existsSync(binaries) || !readdirSync(binaries).some((name) => name.endsWith(".node"));
}

/** The npm that runs us, or the one on PATH; either works for this Node, of which there may be several. @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const script = process.env.npm_execpath;
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`;
  const env = { ...process.env, PATH: path, ...nodeHeaders() };
  return script?.endsWith(".js")
    ? runQuietly(process.execPath, [script, ...args], { cwd, env })
    : runQuietly("npm", args, { cwd, env });
}

/** Node's headers lie beside most Nodes; with them node-gyp has nothing to download. */
function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  const version = join(prefix, "include/node/node_version.h");
  if (process.env.npm_config_nodedir !== undefined || !existsSync(version)) return {};
  const text = readFileSync(version, "utf8");
  const number = (/** @type {string} */ name) => new RegExp(`NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  const found = `${number("MAJOR")}.${number("MINOR")}.${number("PATCH")}`;
  return found === process.versions.node ? { npm_config_nodedir: prefix } : {};
}
