import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runQuietly } from "../packages/config/child.mjs";
import { startProgress } from "../packages/config/progress.mjs";
import { SetupError } from "../packages/config/setup-error.mjs";

/** A package would start its server on the default port: tests start their own elsewhere. */
const WITHOUT_SERVICE = { DEBIAN_FRONTEND: "noninteractive", SYSTEMD_OFFLINE: "1", RUNLEVEL: "1" };

/**
 * A program that tests run against, as Debian packages it.
 * @typedef {{ name: string, isHere: () => boolean, packages: readonly string[] }} Program
 */

/** @type {Program} */
const REDIS = {
  name: "redis-server",
  isHere: () => runs("redis-server", "--version"),
  packages: ["redis-server"],
};

/** Debian keeps it apart from PATH. @type {Program} */
const POSTGRES = {
  name: "PostgreSQL",
  isHere: () => postgresPrograms() !== undefined,
  packages: ["postgresql"],
};

/**
 * Some tests need them, and report that they were skipped if these are not available. @type {readonly
 * Program[]}
 */
const OPTIONAL = [
  {
    name: "FastAPI, with which bodies are compared,",
    isHere: () => runs("/usr/bin/python3", "-c", "import email_validator, fastapi, uvicorn"),
    packages: ["python3-fastapi", "python3-email-validator", "python3-uvicorn"],
  },
  {
    name: "argon2-cffi, which creates a table to import,",
    isHere: () => runs("/usr/bin/python3", "-c", "import argon2"),
    packages: ["python3-argon2"],
  },
  {
    name: "oathtool, with which codes of authenticator apps are compared,",
    isHere: () => runs("oathtool", "--version"),
    packages: ["oathtool"],
  },
  {
    name: "Chromium, which runs the client,",
    isHere: () => runs("chromium", "--version"),
    packages: ["chromium"],
  },
];

/**
 * Makes sure that there is a redis-server on PATH: tests run against a real one. Installs it if that needs no
 * confirmation, as root on Debian; elsewhere says what to install.
 */
export async function ensureRedisServer({ isRoot = process.getuid?.() === 0 } = {}) {
  if (REDIS.isHere()) return;
  if (!mayInstall(isRoot)) {
    throw new SetupError(
      "redis-server is missing, and tests run against a real one: install it (Debian: apt-get install " +
        "redis-server, macOS: brew install redis) and start again.",
    );
  }
  const result = await install(REDIS);
  if (result !== undefined)
    throw new SetupError("apt-get could not install redis-server: see its output above.", result.output);
}

/**
 * Installs what only some tests need, if that needs no confirmation. If it fails, those tests are skipped.
 */
export async function ensureOptionalPrograms({ isRoot = process.getuid?.() === 0 } = {}) {
  if (!mayInstall(isRoot)) return;
  for (const program of OPTIONAL) {
    if (program.isHere()) continue;
    const failed = await install(program);
    if (failed)
      process.stderr.write(`${program.name} could not be installed: tests that need it are skipped.\n`);
  }
}

/**
 * Makes sure that PostgreSQL is here, which stores run on as well. Where it cannot be installed without
 * confirmation, the tests that need it are skipped.
 */
export async function ensurePostgres({ isRoot = process.getuid?.() === 0 } = {}) {
  if (POSTGRES.isHere()) return;
  if (mayInstall(isRoot) && (await install(POSTGRES)) === undefined) return;
  process.stderr.write(
    "PostgreSQL is missing, and tests that need it are skipped: install it (Debian: apt-get install postgresql, " +
      "macOS: brew install postgresql) to run them.\n",
  );
}

/** @param {boolean} isRoot */
function mayInstall(isRoot) {
  return isRoot && existsSync("/etc/debian_version") && runs("apt-get", "--version");
}

/** Resolves to apt-get's output if it did not succeed. @param {Program} program */
async function install({ name, isHere, packages }) {
  const progress = startProgress(() => `${name} is missing: installing it with apt-get`);
  // The package lists may be missing or outdated: then the first attempt fails.
  let result = await aptGet("install", packages);
  if (result.exitCode !== 0) {
    await aptGet("update");
    result = await aptGet("install", packages);
  }
  const done = result.exitCode === 0 && isHere();
  progress.end(done ? `${name} was installed` : undefined);
  return done ? undefined : result;
}

/** @param {string} program @param {string[]} args */
function runs(program, ...args) {
  const { error, status } = spawnSync(program, args, { stdio: "ignore" });
  return error === undefined && status === 0;
}

/** @param {"install" | "update"} action @param {readonly string[]} packages */
function aptGet(action, packages = []) {
  const args = action === "update" ? ["update"] : ["install", "-y", "--no-install-recommends", ...packages];
  return runQuietly("apt-get", ["-q", ...args], { cwd: "/", env: { ...process.env, ...WITHOUT_SERVICE } });
}

/** Where Debian keeps the programs of a version. */
const DEBIAN = "/usr/lib/postgresql";

/** The folder of PostgreSQL's programs; `undefined` if it is not installed. */
export function postgresPrograms() {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one))
    : [];
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(DEBIAN, version, "bin")),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** From this version on, PgBouncer keeps prepared statements of clients that share connections. */
const OLDEST_PGBOUNCER = [1, 21];

/** PgBouncer; `undefined` if it is not installed, or too old. Debian keeps it apart from the PATH of users. */
export function pgbouncerProgram() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "pgbouncer")).find(isRecentPgbouncer);
}

/** @param {string} file */
function isRecentPgbouncer(file) {
  if (!existsSync(file)) return false;
  const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
  const [, major = 0, minor = 0] = /PgBouncer (\d+)\.(\d+)/.exec(stdout ?? "")?.map(Number) ?? [];
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_PGBOUNCER;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
