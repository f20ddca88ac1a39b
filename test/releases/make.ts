// `npm run release`: keeps what a release leaves behind, for `test/releases/upgrade.test.ts`: the
// hashes of its migrations, and a database that its built server has filled. Run it on the commit that is
// released. The build of an older version can be named: `npm run release -- ../older/apps/server`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Database from "better-sqlite3";
import { launch } from "../start/launch.js";
import { login, registerUser, send } from "../support/rest.js";
import { dumpOf } from "./dump.js";
import { hashesIn, RELEASES, type Release } from "./release.js";

const server = resolve(process.argv[2] ?? join(import.meta.dirname, "../../apps/server"));
const { version } = JSON.parse(readFileSync(join(server, "package.json"), "utf8"));
const folder = await mkdtemp(join(tmpdir(), "latchkey-release-"));
const path = join(folder, "latchkey.db");
const environment = { DATABASE_URL: path, MAIL_URL: "log:", EMAIL_VERIFICATION: "soft", LOG_LEVEL: "info" };

try {
  const password = "correct horse battery";
  const accounts = await fill(password);
  const database = new Database(path);
  const count = (table: string) => Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  const tables = ["users", "sessions", "revocations", "audit_entries", "mails", "signing_keys", "secrets"];
  const release: Release = {
    migrations: hashesIn(join(server, "migrations/sqlite")),
    password,
    ...accounts,
    rows: Object.fromEntries(tables.map((table) => [table, count(table)])),
  };
  await writeFile(join(RELEASES, `${version}.sql`), dumpOf(database));
  await writeFile(join(RELEASES, `${version}.json`), `${JSON.stringify(release, undefined, 2)}\n`);
  database.close();
  process.stdout.write(`Wrote the migrations' hashes and a database of ${version} to test/releases.\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Does what servers and operators do, so that every table has rows. */
async function fill(password: string) {
  const launched = launch({ cwd: folder, environment, program: join(server, "dist/main.js") });
  const running = { url: await launched.url };
  const post = (where: string, json: object, token?: string) =>
    send(running, "POST", where, { json, ...(token !== undefined && { token }) });
  try {
    const email = await registerUser(running, "san@example.com", password);
    const token = await login(running, email, password);
    const signedOut = await login(running, email, password);
    await post("/api/users/logout", {}, signedOut);
    const exchanged = await login(running, email, password);
    await post("/api/users/refresh_token", {}, exchanged);
    await post("/api/auth/register", { username: "lisi", email: "li@example.com", password });
    await post("/api/users/login", { email, password: "wrong" });
    await post("/api/v1/recovery/request", { email });
    await registerUser(running, "disabled@example.com", password);
    command(["users", "disable", "disabled@example.com"]);
    command(["users", "role", "lisi", "admin"]);
    command(["keys", "rotate"]);
    command(["mail", "list"]);
    return { email, username: "lisi", disabled: "disabled@example.com", token, signedOut };
  } finally {
    launched.process.kill("SIGTERM");
    await launched.exit;
  }
}

function command(words: readonly string[]): void {
  execFileSync(process.execPath, [join(server, "dist/cli.js"), ...words], {
    cwd: folder,
    env: { ...process.env, ...environment },
  });
}
