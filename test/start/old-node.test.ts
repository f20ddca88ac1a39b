import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { versionFault } from "../../packages/config/node-version.mjs";
import { type FreshClone, freshClone } from "./fresh-clone.js";
import { findOldNode } from "./old-node.js";

const ROOT = join(import.meta.dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const RUNTIME = "packages/config/runtime";
const PLATFORM = `${process.platform}-${process.arch}`;
const LOCK = `${RUNTIME}/${PLATFORM}/package-lock.json`;
const pinned = (platform: string) =>
  readJson(`${RUNTIME}/${platform}/package-lock.json`).packages[`node_modules/node-${platform}`];
const FAULT =
  /Latchkey needs Node 22\.14 or later, but this is Node [\d.]+\. Install a later one: https:\/\/nodejs\.org\.\n$/;

const old = await findOldNode();
/** Where npm finds its registry and its cache. */
const npmSettings = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => name === "HOME" || /^npm_config_(registry|cache|cafile|.*proxy)$/i.test(name),
  ),
) as Record<string, string>; // Safe: what is in the environment has a value.

describe("the pinned Node", () => {
  it("is one version on every machine, is recent enough, and is locked with its checksum", () => {
    const platforms = readdirSync(join(ROOT, RUNTIME));
    expect(platforms).toEqual(["linux-arm64", "linux-x64"]);
    for (const platform of platforms) {
      const { version, integrity } = pinned(platform);
      expect(version).toBe(pinned("linux-x64").version);
      expect(integrity).toMatch(/^sha512-/);
      expect(versionFault(version, readJson("package.json").engines.node)).toBeUndefined();
    }
  });
});

// All tests here need an old Node; a machine that has none and cannot get one skips them.
describe.runIf(old !== undefined && PLATFORM.startsWith("linux"))("on a machine with an old Node", () => {
  const start = (clone: FreshClone, args: readonly string[], environment = {}) =>
    clone.start(args, { ...npmSettings, ...environment }, old);
  let fresh: FreshClone;
  let started: FreshClone;
  let first: Awaited<ReturnType<typeof start>>;
  let clone: FreshClone;
  beforeAll(async () => {
    fresh = await freshClone();
    started = await fresh.copy();
    first = await start(started, ["cli", "3", "--flag"]);
  });
  afterAll(() => Promise.all([fresh.remove(), started.remove()]));
  beforeEach(async () => {
    clone = await fresh.copy();
  });
  afterEach(() => clone.remove());

  it("a fresh clone fetches the pinned one, says so in one line, and runs everything on it", async () => {
    expect(first.exitCode).toBe(3);
    const version = `v${pinned(PLATFORM).version}`;
    expect(JSON.parse(first.stdout)).toMatchObject({ version, childVersion: version });
    const about = first.stderr.split("\n").filter((line) => line.includes("Node "));
    expect(about).toEqual([
      expect.stringMatching(
        /^Node [\d.]+ is too old for Latchkey: downloading Node [\d.]+ from npm \(only once\) …$/,
      ),
    ]);
    expect(await started.ran()).toEqual(["npm for a Node", "npm ci", "turbo run build"]);
  });

  it("later starts use it without any output", async () => {
    const again = await start(started, ["cli"]);
    expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(again.stdout).version).toBe(`v${pinned(PLATFORM).version}`);
    expect((await started.ran()).filter((each) => each === "npm for a Node")).toHaveLength(1);
  });

  it("signals reach the program, and its exit code is returned", async () => {
    const child = started.launch(["server", "wait"], npmSettings, old);
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(7);
  });

  it("without a network it says what is missing", async () => {
    const cache = await mkdtemp(join(tmpdir(), "latchkey-no-cache-"));
    const { exitCode, stdout, stderr } = await start(clone, ["server"], {
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_cache: cache,
      npm_config_fetch_retries: "0",
    });
    await rm(cache, { recursive: true, force: true });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/\n\nThe package registry does not answer\. .* Latchkey needs Node/);
    expect(stderr).toMatch(FAULT);
  });

  it("accepts no other Node than the locked one", async () => {
    const lock = await readFile(join(clone.root, LOCK), "utf8");
    await writeFile(join(clone.root, LOCK), lock.replace(/sha512-.{8}/, "sha512-AAAAAAAA"));
    const { exitCode, stderr } = await start(clone, ["server"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("EINTEGRITY");
    expect(stderr).toMatch(FAULT);
  });

  it("asks for a later one if none is pinned for the machine", async () => {
    await rm(join(clone.root, RUNTIME), { recursive: true });
    const { exitCode, stderr } = await start(clone, ["server"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(FAULT);
    expect(stderr.split("\n")).toHaveLength(2);
  });

  it.each(["main.js", "cli.js"])("the built %s, started directly, says what is needed", (file) => {
    const program = join(ROOT, "apps/server/dist", file);
    const { status, stdout, stderr } = spawnSync(old ?? "", [program], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(FAULT);
    expect(stderr.split("\n")).toHaveLength(2);
  });
});
