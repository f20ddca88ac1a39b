import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { api } from "@latchkey/contracts/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentWithCurl } from "../start/curl.js";
import { startServer, type TestServer } from "../support/server.js";
import { block, ROOT, readDocument } from "./markdown.js";

const run = promisify(execFile);
const README = readDocument("README.md");

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  // A project in which the packages of the clone are installed.
  folder = await mkdtemp(join(tmpdir(), "latchkey-readme-"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A block of the README, with the URL of the test's server. */
const example = (language: string, part: string) =>
  block("README.md", language, part).replaceAll("http://localhost:8000", server.url);

// Shells and compilers are slow on a busy machine.
describe("README.md", { timeout: 120_000 }, () => {
  it("has a REST example that, pasted into a shell, gives the answers it shows", async () => {
    const text = example("sh", "/api/users/login");
    const { stdout } = await run("sh", ["-c", text], { cwd: folder, env: await environmentWithCurl() });
    const said = block("README.md", "json", "message").trim().split("\n");
    expect(said).toHaveLength(2);
    expect(stdout).toBe(said.join(""));
  });

  it("has a TypeScript example that type-checks and prints what it says", async () => {
    // It comes from the example app.
    const source = await readFile(join(ROOT, "apps/example-react/hello.ts"), "utf8");
    expect(block("README.md", "ts", "createClient")).toBe(source);
    const text = example("ts", "createClient");
    await writeFile(join(folder, "hello.ts"), text);
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",
    ];
    const bin = (name: string) => join(ROOT, "node_modules/.bin", name);
    await run(bin("tsc"), [...options, "hello.ts"], { cwd: folder });
    const { stdout } = await run(bin("tsx"), ["hello.ts"], { cwd: folder });
    expect(stdout.trim()).toBe(/console\.log\(.*\); \/\/ (.+)$/m.exec(text)?.[1]);
  });

  it("lists every REST endpoint of the two surfaces that is not an alias, and the two commands", () => {
    const endpoints = [api.users, api.auth].flatMap((contract) =>
      Object.values(contract).map(({ rest: { method, path } }) => `${method} ${path}`),
    );
    expect(endpoints.filter((endpoint) => !README.includes(`| \`${endpoint}\` |`))).toEqual([]);
    expect(README).toMatch(/^npm start$/m);
    expect(README).toMatch(/^npm test$/m);
  });

  it("lists settings with their defaults", () => {
    const rows = /^\| `([A-Z_]+)` \| .* \| (.+) \|$/gm;
    const defaults = new Map(
      [...readDocument("apps/docs/settings.generated.md").matchAll(rows)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const listed = [...README.matchAll(rows)];
    expect(listed.length).toBeGreaterThan(0);
    for (const [, name, value] of listed) expect(value).toBe(defaults.get(name));
  });
});
