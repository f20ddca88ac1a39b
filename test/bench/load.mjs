import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "./children.mjs";
import { PASSWORD, pathOf, reading, refreshing, registration, signIn, tokenIn, UNIQUE } from "./requests.mjs";

/** @typedef {import("./systems.mjs").Server} Server */
/** @typedef {import("./generator.mjs").Figures} Figures */
/** @typedef {import("./generator.mjs").Plan} Plan */

const CONNECTIONS = 32;
const HASH_CONNECTIONS = 16;
/** The beginning of such a load does not count: the first requests all come at once. */
export const BEGINNING_SECONDS = { refresh: 0.3, hash: 1 };
const hasWrk = spawnSync("wrk", ["-v"], { stdio: "ignore" }).error === undefined;
export const loadedBy = hasWrk ? "wrk" : "test/bench/generator.mjs";
const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let files = 0;
let registered = 1;

/** @param {string} text */
function file(text) {
  const path = join(folder, String(++files));
  writeFileSync(path, text);
  return path;
}

/** Runs a plan in a separate process. @param {Plan} plan @returns {Promise<Figures>} */
export async function generate(plan) {
  const timeoutMs = (plan.warmupSeconds + plan.seconds) * 1000 + 30_000;
  const args = [join(import.meta.dirname, "generator.mjs"), file(JSON.stringify(plan))];
  return JSON.parse(await runChild(process.execPath, args, { timeoutMs }));
}

/** Registers users and returns their names. @param {Server} server @param {number} count */
export async function makeUsers(server, count) {
  const names = Array.from({ length: count }, () => `user${++registered}`);
  for (const name of names) await send(server, registration(server, name));
  return names;
}

/** A token for each name. @param {Server} server @param {string[]} names @returns {Promise<string[]>} */
export async function makeTokens(server, names) {
  const tokens = [];
  for (const name of names) {
    const token = tokenIn(await send(server, signIn(server, name)));
    if (token === undefined) throw new Error(`${server.name} returned no token`);
    tokens.push(token);
  }
  return tokens;
}

/** Sends a request unchanged. @param {Server} server @param {string} raw */
async function send({ name, port }, raw) {
  const [head = "", body = ""] = raw.split("\r\n\r\n");
  const [, method = "", path = ""] = /^(\S+) (\S+)/.exec(head) ?? [];
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body,
    headers: { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`${name}: ${method} ${path} answered ${response.status} ${text}`);
  return text;
}

/**
 * @param {Server} server @param {"verify" | "me"} workload @param {{ tokens: string[], seconds: number,
 *   connections?: number, ports?: number[] }} load @returns {Promise<Figures>}
 */
export async function readLoad(server, workload, { tokens, seconds, connections = CONNECTIONS, ports }) {
  // wrk knows one server.
  if (!hasWrk || ports !== undefined) {
    const requests = tokens.map((token) => reading(server, workload, token));
    return closed(server, { mode: "cycle", requests, connections, ports, warmupSeconds: 0, seconds });
  }
  const args = [`-t1`, `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s"];
  const url = `http://127.0.0.1:${server.port}/`;
  const script = join(import.meta.dirname, "wrk.lua");
  const words = [...args, script, url, "--", pathOf(server, workload), file(tokens.join("\n"))];
  const output = await runChild("wrk", words, { timeoutMs: seconds * 1000 + 30_000 });
  return { statuses: {}, ...JSON.parse(output.trim().split("\n").at(-1) ?? "{}") };
}

/** @param {Server} server @param {{ tokens: string[], seconds: number, ports?: number[] }} load */
export const refreshLoad = (server, { tokens, seconds, ports }) =>
  closed(server, {
    mode: "chain",
    requests: tokens,
    around: refreshing(server),
    connections: Math.min(CONNECTIONS, tokens.length),
    ports,
    warmupSeconds: BEGINNING_SECONDS.refresh,
    seconds,
  });

/**
 * @param {Server} server @param {"login" | "register"} workload @param {{ names: string[], seconds: number,
 *   connections?: number, rate?: number }} load
 */
export function hashLoad(server, workload, { names, seconds, connections = HASH_CONNECTIONS, rate }) {
  const requests =
    workload === "login"
      ? names.map((name) => signIn(server, name))
      : [registration(server, `fresh${process.pid}x${++registered}x${UNIQUE}`)];
  const mode = /** @type {"cycle" | "unique"} */ (workload === "login" ? "cycle" : "unique");
  // Some hashes are in progress before anything is counted.
  const plan = { mode, requests, connections, warmupSeconds: BEGINNING_SECONDS.hash, seconds };
  return closed(server, rate === undefined ? plan : { ...plan, rate });
}

/** @param {Server} server @param {Omit<Plan, "port">} plan */
export const closed = ({ port }, plan) => generate({ port, ...plan });

/**
 * Hashes per second on all cores, by Latchkey's library and nothing around it. @param {{ t: number, m:
 * number, p: number }} argon2 @param {number} seconds @returns {Promise<number>}
 */
export async function hashRate({ t, m, p }, seconds) {
  const args = [join(import.meta.dirname, "hash-rate.mjs"), JSON.stringify({ t, m, p, seconds, PASSWORD })];
  return Number(await runChild(process.execPath, args, { timeoutMs: seconds * 1000 + 30_000 }));
}
