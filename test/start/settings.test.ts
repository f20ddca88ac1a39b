import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLine } from "../server/cli/command-line.js";
import { finished } from "../server/cli/finished.js";
import { BUILT_SERVER, inEmptyFolder, launch } from "./launch.js";

const ROOT = join(import.meta.dirname, "../..");
const SECRET = "q0Jx3v7TzY1uKpR9sWmE5nLbGdHaCfXi2kO8";
const STACK = /\n\s+at |node:internal|\bError:/;

async function check(cwd: string, environment: Record<string, string> = {}) {
  const { PATH = "" } = process.env;
  const words = await commandLine(["config", "check"]);
  return finished(spawn(process.execPath, words, { cwd, env: { PATH, ...environment } }));
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

describe("a settings file", () => {
  it.each([
    ["in UTF-16", utf16("PORT=99999\n"), ".env is written in UTF-16: save it as UTF-8."],
    ["with a byte order mark", "\ufeffPORT=99999\n", "PORT must be a whole number from 0 to 65535."],
    ["with a colon", "PORT: 18110\n", "Line 1 of .env has a colon after the name: write NAME=value."],
    [
      "with a # in a value",
      "DATABASE_URL=/x/a#b.db\n",
      "Line 1 of .env sets DATABASE_URL, but the value contains #: put it in quotation marks.",
    ],
    [
      "with a misspelled name",
      "ACCESS_TOKEN_MINUTS=5\n",
      "Line 1 of .env sets ACCESS_TOKEN_MINUTS, which is not a setting: ACCESS_TOKEN_MINUTES is. Rename or remove it.",
    ],
  ])("%s is refused with 78, and `config check` says the same", async (_, contents, fault) => {
    await inEmptyFolder(async (folder, start) => {
      await writeFile(join(folder, ".env"), contents);
      const expected = `latchkey: these settings cannot be used:\n  ${fault}\n`;
      // What the tests set would win over the file.
      const { PATH = "" } = process.env;
      const { exit, stderr } = start({}, ["env", "-i", `PATH=${PATH}`]);
      expect([await exit, stderr()]).toEqual([78, expected]);
      expect(await check(folder)).toEqual({ exitCode: 78, stdout: "", stderr: expected });
    });
  });

  it("with a byte order mark means what it says", async () => {
    await inEmptyFolder(async (folder, start) => {
      await writeFile(join(folder, ".env"), `\ufeffDATABASE_URL=mine.db\nJWT_SECRET=${SECRET}\n`, {
        mode: 0o600,
      });
      const url = await start().url;
      expect(await (await fetch(`${url}/.well-known/jwks.json`)).json()).toEqual({ keys: [] });
    });
  });

  it("is warned about in the log and by `config check` if it exposes a secret", async () => {
    await inEmptyFolder(async (folder, start) => {
      await writeFile(join(folder, ".env"), `JWT_SECRET=${SECRET}\n`, { mode: 0o644 });
      const sentence =
        ".env contains secrets, and every user of this machine can read it: run chmod 600 .env.";
      const server = start();
      await server.url;
      expect(server.stdout().split(JSON.stringify(sentence))).toHaveLength(2);
      expect((await check(folder)).stdout).toBe(`The settings are valid.\n${sentence}\n`);
    });
  });
});

/** Each is refused by the settings, or by the operating system: with a sentence in either case. */
const HOSTILE: ReadonlyArray<readonly [name: string, value: string]> = [
  ["DATABASE_URL", "file:/tmp/100%/x.db"],
  ["DATABASE_URL", "file:%ff"],
  ["DATABASE_URL", "file:"],
  ["DATABASE_URL", `/tmp/${"x".repeat(300)}.db`],
  ["DATABASE_URL", `/tmp/${"x/".repeat(3000)}.db`],
  ["DATABASE_URL", "/etc/passwd/x.db"],
  ["DATABASE_URL", "/"],
  ["DATABASE_URL", "."],
  ["HOST", "[::1]"],
  ["HOST", "http://localhost"],
  ["HOST", "no-such-host.invalid"],
  ["HOST", "203.0.113.1"],
  ["HOST", "8000"],
  ["MANAGEMENT_HOST", "[::1]"],
  ["MANAGEMENT_HOST", "no-such-host.invalid"],
  ["TRUST_PROXY", "10.0.0.0/99"],
  ["MAIL_URL", "smtp://%"],
  ["REDIS_URL", "redis://%"],
  ["REDIS_URL", "redis://h:99999"],
  ["CORS_ORIGINS", "https://%"],
  ["APP_URL", "https://%"],
];

describe("no setting gives a stack", () => {
  it("at the start or in `config check`, and what the check refuses a start refuses with 78", async () => {
    await inEmptyFolder(async (folder, start) => {
      const tryOut = async ([name, value]: (typeof HOSTILE)[number]) => {
        const environment = { MANAGEMENT_PORT: "0", [name]: value };
        const server = start(environment);
        const checked = await check(folder, environment);
        const hasStarted = await server.url.then(
          () => true,
          () => false,
        );
        server.process.kill("SIGTERM");
        const code = await server.exit;
        const what = `${name}=${value.slice(0, 40)}`;
        for (const text of [server.stderr(), checked.stderr]) {
          expect([what, text]).toEqual([what, expect.not.stringMatching(STACK)]);
        }
        if (checked.exitCode !== 0) expect([what, checked.exitCode, code]).toEqual([what, 78, 78]);
        if (hasStarted) return;
        expect([what, server.stderr()]).toEqual([what, expect.stringMatching(/^latchkey: /)]);
        expect([what, code === 1 || code === 78]).toEqual([what, true]);
      };
      for (let i = 0; i < HOSTILE.length; i += AT_ONCE) {
        await Promise.all(HOSTILE.slice(i, i + AT_ONCE).map(tryOut));
      }
    });
  }, 120_000);
});

const AT_ONCE = 4;

describe("packages for another Node or machine", () => {
  it("are named in a sentence by the server and by commands", async () => {
    const folder = await mkdtemp(join(tmpdir(), "latchkey-packages-"));
    try {
      const dist = join(folder, "dist");
      await cp(dirname(BUILT_SERVER), dist, { recursive: true });
      const own = join(folder, "node_modules");
      await mkdir(own);
      for (const name of ["@node-rs", "argon2"])
        await symlink(join(ROOT, "node_modules", name), join(own, name));
      const missing = launch({ cwd: folder, program: join(dist, "main.js") });
      expect([await missing.exit, missing.stderr()]).toEqual([1, expect.stringMatching(SENTENCE)]);
      await mkdir(join(own, "better-sqlite3"));
      await writeFile(join(own, "better-sqlite3/foreign.node"), "not for this machine");
      await writeFile(
        join(own, "better-sqlite3/index.js"),
        'module.exports = function () { require("./foreign.node"); };',
      );
      for (const [program, words] of [
        ["main.js", []],
        ["cli.js", ["users", "list"]],
      ] as const) {
        const { PATH = "" } = process.env;
        const command = [join(dist, program), ...words];
        const { exitCode, stderr } = await finished(
          spawn(process.execPath, command, { cwd: folder, env: { PATH, PORT: "0" } }),
        );
        expect([program, exitCode, stderr]).toEqual([program, 1, expect.stringMatching(SENTENCE)]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const SENTENCE =
  /^(latchkey: )?The installed packages are incomplete, or for another Node or machine\. .*\n$/i;
