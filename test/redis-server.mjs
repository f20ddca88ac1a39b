import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { runQuietly } from "../packages/config/child.mjs";
import { startProgress } from "../packages/config/progress.mjs";
import { SetupError } from "../packages/config/setup-error.mjs";

/** The package would start a server on the default port: tests start their own, elsewhere. */
const WITHOUT_SERVICE = { DEBIAN_FRONTEND: "noninteractive", SYSTEMD_OFFLINE: "1", RUNLEVEL: "1" };

/**
 * Sees to it that there is a redis-server on PATH: tests run against a real one. Installs it where that needs no
 * question, as root on Debian; elsewhere says what to install.
 */
export async function ensureRedisServer({ isRoot = process.getuid?.() === 0 } = {}) {
  if (exists("redis-server")) return;
  if (!isRoot || !existsSync("/etc/debian_version") || !exists("apt-get")) {
    throw new SetupError(
      "redis-server is missing, and tests run against a real one: install it (Debian: apt-get install redis-server, macOS: brew install redis) and start again.",
    );
  }
  const progress = startProgress(() => "redis-server is missing: installing it with apt-get");
  // The lists may be missing or old: then the first attempt fails.
  let result = await aptGet("install");
  if (result.exitCode !== 0) {
    await aptGet("update");
    result = await aptGet("install");
  }
  const done = result.exitCode === 0 && exists("redis-server");
  progress.end(done ? "redis-server was installed" : undefined);
  if (!done)
    throw new SetupError("apt-get could not install redis-server: its own words are above.", result.output);
}

/** @param {string} program */
function exists(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** @param {"install" | "update"} action */
function aptGet(action) {
  const args =
    action === "update" ? ["update"] : ["install", "-y", "--no-install-recommends", "redis-server"];
  return runQuietly("apt-get", ["-q", ...args], { cwd: "/", env: { ...process.env, ...WITHOUT_SERVICE } });
}
