import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Replaces npm: takes as long as it is told, records that it ran, and leaves what `npm ci` leaves. Fetching a
 * Node is left to the real npm.
 */
const NPM = `
const { cpSync, mkdirSync, appendFileSync, writeFileSync } = require("node:fs");
if (process.cwd().includes("/runtime/")) {
  appendFileSync("../../../../ran.log", "npm for a Node\\n");
  const { status } = require("node:child_process").spawnSync("npm", process.argv.slice(2), { stdio: "inherit" });
  process.exit(status ?? 1);
}
appendFileSync("ran.log", "npm " + process.argv[2] + "\\n");
writeFileSync("npm-arguments.json", JSON.stringify(process.argv.slice(2)));
if (process.env.FAIL !== undefined) { console.error(process.env.FAIL); process.exit(1); }
setTimeout(() => {
  mkdirSync("node_modules/better-sqlite3", { recursive: true });
  mkdirSync("node_modules/turbo/bin", { recursive: true });
  cpSync("package-lock.json", "node_modules/.package-lock.json");
  cpSync("database.js", "node_modules/better-sqlite3/index.js");
  cpSync("turbo.js", "node_modules/turbo/bin/turbo");
}, Number(process.env.TAKES_MS ?? 0));
`;
/** Replaces turbo: builds a program that prints its arguments and its Node, or waits for a signal. */
const TURBO = `
const { mkdirSync, writeFileSync, appendFileSync } = require("node:fs");
appendFileSync("ran.log", "turbo " + process.argv.slice(2, 4).join(" ") + "\\n");
if (process.env.TURBO_TELEMETRY_DISABLED !== "1") throw new Error("would phone home");
mkdirSync("apps/server/dist", { recursive: true });
const program = \`
import { execFileSync } from "node:child_process";
const childVersion = execFileSync("/usr/bin/env", ["node", "--version"], { encoding: "utf8" }).trim();
process.on("SIGTERM", () => process.exit(7));
console.log(JSON.stringify({ argv: process.argv, cwd: process.cwd(), version: process.version, childVersion }));
if (process.argv[2] !== "wait") process.exit(Number(process.argv[2] ?? 0));
setInterval(() => {}, 1000);
\`;
writeFileSync("apps/server/dist/main.js", program);
writeFileSync("apps/server/dist/cli.js", program);
`;

const CONFIG = join(import.meta.dirname, "../../packages/config");

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** A folder like a fresh clone: our own start-up files, and replacements for npm and turbo. */
export interface FreshClone {
  readonly root: string;
  start(args: readonly string[], environment?: Environment, node?: string): Promise<Ran>;
  /** The same, but interactive while it runs. */
  launch(args: readonly string[], environment?: Environment, node?: string): ChildProcessWithoutNullStreams;
  /** Which of npm and turbo ran, in order. */
  ran(): Promise<readonly string[]>;
  write(path: string, text: string): Promise<void>;
  /** Another folder in the state of this one. */
  copy(): Promise<FreshClone>;
  remove(): Promise<void>;
}

export async function freshClone(): Promise<FreshClone> {
  const clone = await newClone();
  const { root, write } = clone;
  await cp(CONFIG, join(root, "packages/config"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  await write("package.json", JSON.stringify({ engines: { node: ">=22.14" }, allowScripts: {} }));
  await write("package-lock.json", '{"packages":{"":{}}}');
  await write("apps/server/package.json", JSON.stringify({ type: "module", scripts: { build: "" } }));
  await write("apps/server/src/main.ts", "");
  await write("npm.js", NPM);
  await write("turbo.js", TURBO);
  await write("database.js", "module.exports = class { close() {} };");
  return clone;
}

async function newClone(): Promise<FreshClone> {
  const root = await mkdtemp(join(tmpdir(), "latchkey-clone-"));
  const launch: FreshClone["launch"] = (args, environment = {}, node = process.execPath) => {
    const { PATH = "" } = process.env;
    return spawn(node, [join(root, "packages/config/run.mjs"), ...args], {
      cwd: root,
      env: { PATH, npm_execpath: join(root, "npm.js"), ...environment },
    });
  };
  return {
    root,
    async write(path, text) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), text);
    },
    async copy() {
      const clone = await newClone();
      await cp(root, clone.root, { recursive: true, preserveTimestamps: true });
      return clone;
    },
    launch,
    async start(...parameters) {
      const child = launch(...parameters);
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text) => {
        stderr += text;
      });
      const [exitCode] = await once(child, "close");
      return { exitCode, stdout, stderr };
    },
    async ran() {
      const log = await readFile(join(root, "ran.log"), "utf8");
      return log.trim().split("\n");
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
