import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { makeTokens, makeUsers } from "./load.mjs";
import { PASSWORD } from "./requests.mjs";
import { withServers } from "./stage.mjs";
import { PATHS } from "./systems.mjs";

/** @typedef {import("./stage.mjs").Server} Server */
/** @typedef {{ name: string, secret: Buffer, lastStep: number }} App */

const USERS = 32;
const AT_ONCE = 8;
const STEP_MS = 30_000;

/**
 * A login with the code of an authenticator app, and one without: both by turns on one server, so that what else
 * the machine does falls on both. @param {import("./stage.mjs").Bench} bench
 */
export async function factorStage({ systems, options, note, postgres }) {
  const workload = "login with a factor";
  if (!options.only.includes("factor")) return;
  const argon2 = { t: 3, m: 65_536, p: 4 };
  await withServers(systems.slice(0, 1), { workers: 1, argon2, postgres }, async ([each]) => {
    if (each === undefined) return;
    const { server } = each;
    const names = await makeUsers(server, USERS);
    const apps = [];
    const owners = await makeUsers(server, USERS);
    const tokens = await makeTokens(server, owners);
    for (const [i, name] of owners.entries()) apps.push(await addApp(server, name, tokens[i] ?? ""));
    for (let round = 0; round < options.rounds; round++) {
      const totals = { login: { cpuSeconds: 0, ms: 0 }, "login and code": { cpuSeconds: 0, ms: 0 } };
      for (let from = 0; from < USERS; from += AT_ONCE) {
        const some = apps.slice(from, from + AT_ONCE);
        await untilNext(some);
        const plain = () => names.slice(from, from + AT_ONCE).map((name) => login(server, name));
        const coded = () => some.map((app) => login(server, app.name, nextCode(app)));
        const turns = /** @type {const} */ (
          round % 2 ? ["login and code", "login"] : ["login", "login and code"]
        );
        for (const turn of turns) {
          const before = server.usage().cpuSeconds;
          const startMs = performance.now();
          await Promise.all(turn === "login" ? plain() : coded());
          totals[turn].ms += performance.now() - startMs;
          totals[turn].cpuSeconds += server.usage().cpuSeconds - before;
        }
      }
      const key = { workload, backend: options.engine, processes: 1, lanes: argon2.p };
      for (const [name, { cpuSeconds, ms }] of Object.entries(totals)) {
        note(key, { name, rps: (USERS * 1000) / ms, cpuUs: (cpuSeconds * 1e6) / USERS });
      }
    }
  });
}

/** @param {Server} server @param {string} path @param {object} json @param {Record<string, string>} headers */
async function post({ port }, path, json, headers) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`POST ${path} answered ${response.status} ${text}`);
  return JSON.parse(text);
}

/** @param {Server} server @param {string} username @param {string} [code] */
const login = (server, username, code) =>
  post(
    server,
    PATHS.login,
    { username, password: PASSWORD },
    code === undefined ? {} : { "Latchkey-Code": code },
  );

/** @param {Server} server @param {string} name @param {string} token @returns {Promise<App>} */
async function addApp(server, name, token) {
  const path = "/api/v1/account/factors/totp";
  const headers = { Authorization: `Bearer ${token}` };
  const begun = await post(server, path, { name: "App" }, headers);
  const app = { name, secret: fromBase32(begun.secret), lastStep: 0 };
  await post(server, `${path}/${begun.id}/confirm`, { code: nextCode(app) }, headers);
  return app;
}

const stepNow = () => Math.floor(Date.now() / STEP_MS);

/** Waits until each app has a code that was not used. @param {App[]} apps */
async function untilNext(apps) {
  while (apps.some(({ lastStep }) => lastStep > stepNow())) await sleep(100);
}

/** The first code that was not used (RFC 6238). @param {App} app */
function nextCode(app) {
  app.lastStep = Math.max(app.lastStep + 1, stepNow() - 1);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(app.lastStep));
  const mac = createHmac("sha1", app.secret).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** @param {string} text */
function fromBase32(text) {
  const bits = [...text].map((c) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
