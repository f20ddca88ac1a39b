// How long an import of 100,000 users takes, and how long a running server takes to answer during it,
// compared with how long it takes otherwise: `node test/bench/import.mjs [rows]`, after `npm run build`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROWS = Number(process.argv[2] ?? 100_000);
const DIST = process.argv[3] ?? join(import.meta.dirname, "../../apps/server/dist");
const HASH = "$2b$12$qiau.Hgz1GW4/IytWjFRy.ODUA4mlAtbB5dqsrDUP/iBx4kcMuVIS";
const PASSWORD = "correct horse battery";
/** How long the server is measured without the import. */
const ALONE_MS = 10_000;

const folder = await mkdtemp(join(tmpdir(), "latchkey-bench-import-"));
const port = await freePort();
const environment = {
  ...process.env,
  DATABASE_URL: join(folder, "latchkey.db"),
  PORT: String(port),
  HOST: "127.0.0.1",
  LOG_LEVEL: "silent",
  ARGON2_MEMORY_KIB: "512",
  ARGON2_TIME_COST: "1",
};
const server = spawn(process.execPath, [join(DIST, "main.js")], {
  env: environment,
  stdio: "ignore",
  cwd: folder,
});
try {
  await ready();
  const file = join(folder, "users.csv");
  await writeUsers(file);
  const token = await register();
  console.log(`${ROWS.toLocaleString("en")} rows; times in ms`);
  report("alone", await measure(token, new Promise((resolve) => setTimeout(resolve, ALONE_MS))));
  const startedMs = performance.now();
  const command = spawn(process.execPath, [join(DIST, "cli.js"), "users", "import", file], {
    env: environment,
    stdio: "inherit",
  });
  report("meanwhile", await measure(token, once(command, "exit")));
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `imported in ${seconds.toFixed(1)} s, ${Math.round(ROWS / seconds).toLocaleString("en")} rows/s`,
  );
} finally {
  server.kill();
  await once(server, "exit");
  await rm(folder, { recursive: true });
}

/** Reads and writes, one after the other, until something has happened. */
async function measure(token, end) {
  const times = { read: [], write: [], failed: 0 };
  let ended = false;
  void end.then(() => {
    ended = true;
  });
  while (!ended) {
    await timed(times, "read", () => send("GET", "/api/users/me", { token }));
    const body = { email: `w${times.write.length}.${performance.now()}@example.com`, password: PASSWORD };
    const names = { first_name: "", last_name: "", phone_number: "" };
    await timed(times, "write", () => send("POST", "/api/users/register", { body: { ...body, ...names } }));
  }
  return times;
}

async function timed(times, kind, run) {
  const startedMs = performance.now();
  const { status } = await run();
  times[kind].push(performance.now() - startedMs);
  if (status !== 200) times.failed++;
}

function report(when, { read, write, failed }) {
  for (const [kind, times] of Object.entries({ read, write })) {
    times.sort((a, b) => a - b);
    const at = (share) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
    console.log(`${when}: ${kind} ${times.length} times, median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`);
  }
  console.log(`${when}: ${failed} answers were not 200`);
}

async function writeUsers(path) {
  const file = createWriteStream(path);
  file.write("email,username,hashed_password,disabled,created_at,first_name,last_name,phone_number\n");
  for (let i = 0; i < ROWS; i++) {
    const row = `imported${i}@example.com,user${i},${HASH},0,2023-01-01 00:00:00.000000,三,张,13800138000\n`;
    if (!file.write(row)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}

async function register() {
  const email = "reader@example.com";
  const names = { first_name: "", last_name: "", phone_number: "" };
  await send("POST", "/api/users/register", { body: { email, password: PASSWORD, ...names } });
  const answer = await send("POST", "/api/users/login", { body: { email, password: PASSWORD } });
  return answer.json.access_token;
}

async function send(method, path, { token, body } = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

async function ready() {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
