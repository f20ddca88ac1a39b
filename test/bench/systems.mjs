import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startChild, stopChild, usage } from "./children.mjs";

/** @typedef {import("./postgres.mjs").PostgresServer} PostgresServer */

const here = import.meta.dirname;
const PYTHON = "/usr/bin/python3";
const PYTHON_MODULES = ["fastapi", "uvicorn", "sqlalchemy", "redis", "argon2", "jwt"];
/** For all systems: at least 32 bytes. */
const SECRET = "6f1d2c9b8e7a4f3051627384950a1b2c3d4e5f60718293a4";
const START_MS = 30_000;

/**
 * @typedef {{ workers: number, redisUrl: string | undefined, argon2: { t: number, m: number, p: number },
 *   database?: string, postgres?: PostgresServer | undefined }} Setup
 * @typedef {{ cpuSeconds: number, rssMb: number, postgresSeconds?: number }} Usage
 * @typedef {{ name: string, version: string, port: number, pid: number, system: System, usage: () => Usage,
 *   stop: () => Promise<void>, startMs: number }} Server
 * @typedef {{
 *   name: string, command: string, args: (port: number, setup: Setup) => string[], cwd?: string, env?: Record<string, string>,
 *   isRival?: boolean, onPostgres?: boolean, needsRedis?: boolean, missing?: string[], paths?: Partial<Record<string, string>>, credentials?: (name: string) => object,
 * }} System
 */

/** The bodies are alike; Better Auth has its own paths and field names, and no token exchange. */
export const PATHS = {
  register: "/api/auth/register",
  login: "/api/auth/login",
  verify: "/api/auth/verify",
  me: "/api/users/me",
  refresh: "/api/users/refresh_token",
};

const main = join(here, "../../apps/server/dist/main.js");
const node = (/** @type {string} */ path) => ({ command: process.execPath, args: () => [path] });
const rival = (/** @type {string} */ name) => ({
  name,
  ...node(join(here, "rivals", name, "main.mjs")),
  isRival: true,
});

/** All load comes from one network. */
const UNLIMITED = { REGISTRATIONS_PER_NETWORK: "1000000000" };

/** @type {System[]} */
export const OURS = [
  { name: "latchkey", ...node(main), env: UNLIMITED },
  { name: "latchkey-es256", ...node(main), env: { ...UNLIMITED, JWT_SECRET: "" } },
];

/**
 * Another build of Latchkey, to compare with this one. @param {string} text @param {boolean} onPostgres @returns
 * {System}
 */
export function otherBuild(text, onPostgres) {
  const [name = "", path = ""] = text.split("=");
  return { name, ...node(resolve(path)), env: UNLIMITED, onPostgres };
}

/** @type {System[]} */
export const RIVALS = [
  rival("express"),
  rival("fastify"),
  {
    ...rival("better-auth"),
    missing: ["refresh"],
    paths: { register: "/api/auth/sign-up/email", login: "/api/auth/sign-in/email" },
  },
  {
    name: "fastapi",
    isRival: true,
    command: PYTHON,
    args: (port, { workers }) =>
      `-m uvicorn main:app --host 127.0.0.1 --port ${port} --workers ${workers} --no-access-log --log-level critical`.split(
        " ",
      ),
    cwd: join(here, "rivals/fastapi"),
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  },
];

/** Latchkey on PostgreSQL, and on SQLite in the same run. @type {System[]} */
export const OURS_ON_POSTGRES = [
  { name: "latchkey", ...node(main), env: UNLIMITED, onPostgres: true },
  { name: "latchkey-sqlite", ...node(main), env: UNLIMITED },
];

const onPostgres = (/** @type {string} */ name, /** @type {string} */ file, kind = "") => ({
  name,
  ...node(join(here, "rivals/postgres", file)),
  env: { KIND: kind },
  isRival: true,
  onPostgres: true,
});

/** What has no sessions can neither sign in nor refresh. @type {System[]} */
export const RIVALS_ON_POSTGRES = [
  onPostgres("fastify-pg", "fastify.mjs", "pool"),
  onPostgres("fastify-pg-pipelined", "fastify.mjs", "pipelined"),
  { ...onPostgres("fastify-redis-pg", "fastify.mjs", "redis"), needsRedis: true },
  onPostgres("express-pg", "express.mjs"),
  {
    name: "node-http",
    ...node(join(here, "rivals/limit/main.mjs")),
    isRival: true,
    missing: ["refresh", "login", "register", "storm"],
  },
];

/** Whether it can run here; if not, says so. @param {System} system */
export function isThere({ name }) {
  if (name !== "fastapi") return true;
  const { status } = spawnSync(PYTHON, ["-c", `import ${PYTHON_MODULES.join(",")}`], { stdio: "ignore" });
  if (status === 0) return true;
  console.log(
    `fastapi is left out: not all of Debian's packages for ${PYTHON_MODULES.join(", ")} are installed.`,
  );
  return false;
}

/**
 * Starts a server in an empty folder, or on an existing database, and waits for its first answer. @param
 * {System} system @param {Setup} setup @returns {Promise<Server>}
 */
export async function startServer(system, setup) {
  const { name, command, cwd } = system;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const port = await freePort();
  const { workers, redisUrl, argon2, postgres } = setup;
  const database = setup.database ?? (system.onPostgres ? await postgres?.newDatabase() : undefined);
  const env = {
    PATH: process.env.PATH,
    PYTHONPATH: process.env.PYTHONPATH,
    LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH,
    NODE_ENV: "production",
    PORT: String(port),
    WORKERS: String(workers),
    DATABASE_URL: database ?? join(folder, "data.db"),
    JWT_SECRET: SECRET,
    LOG_LEVEL: "silent",
    ARGON2_TIME_COST: String(argon2.t),
    ARGON2_MEMORY_KIB: String(argon2.m),
    ARGON2_PARALLELISM: String(argon2.p),
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...system.env,
  };
  const startedMs = performance.now();
  const { child, output } = startChild(command, system.args(port, setup), { cwd: cwd ?? folder, env });
  const stop = async () => {
    await stopChild(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = startedMs + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`${name} did not start: ${output.stderr || output.stdout}`);
    }
    await sleep(5);
  }
  const startMs = performance.now() - startedMs;
  const pid = /** @type {number} */ (child.pid); // Safe: it answers.
  const usageOfAll = () => ({
    ...usage(pid),
    // Only one system gets load at a time, so that what PostgreSQL does is for it.
    ...(system.onPostgres && postgres && { postgresSeconds: usage(postgres.pid).cpuSeconds }),
  });
  return { name, version: "", port, pid, system, usage: usageOfAll, stop, startMs };
}

/** @param {number} port */
async function answers(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${PATHS.me}`, {
      signal: AbortSignal.timeout(5000),
    });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}
