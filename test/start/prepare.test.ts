import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { explainInstallFailure } from "../../packages/config/install-failure.mjs";
import { fitsLock } from "../../packages/config/installation.mjs";
import { withLock } from "../../packages/config/lock.mjs";
import { versionFault } from "../../packages/config/node-version.mjs";
import { type FreshClone, freshClone } from "./fresh-clone.js";

let fresh: FreshClone;
beforeAll(async () => {
  fresh = await freshClone();
});
afterAll(() => fresh.remove());

let clone: FreshClone;
/** Each test there has its own copy. */
const copyForEach = (original: () => FreshClone) => {
  beforeEach(async () => {
    clone = await original().copy();
  });
  afterEach(() => clone.remove());
};

describe("starting from a fresh clone", () => {
  copyForEach(() => fresh);

  it("installs, builds, and runs the program with the user's arguments, folder and exit code", async () => {
    const { stdout, stderr, exitCode } = await clone.start(["cli", "3", "--flag"]);
    expect(JSON.parse(stdout).argv.slice(1)).toEqual([
      join(clone.root, "apps/server/dist/cli.js"),
      "3",
      "--flag",
    ]);
    expect(JSON.parse(stdout).cwd).toBe(clone.root);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /Installing packages … 0 s\n[\s\S]*Installed in \d+ s\.\nBuilding … 0 s\nBuilt in \d+ s\.\n/u,
    );
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build"]);
  });

  it("installs once when it is started several times at once", async () => {
    const all = await Promise.all([
      clone.start(["server"], { TAKES_MS: "400" }),
      clone.start(["server"], { TAKES_MS: "400" }),
      clone.start(["server"], { TAKES_MS: "400" }),
    ]);
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build"]);
  });

  it("shows npm's own output when it fails, then one sentence about what is missing", async () => {
    const { exitCode, stderr, stdout } = await clone.start(["server"], { FAIL: "npm error code ENOSPC" });
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/npm error code ENOSPC\n\nThe disk is full\. .*\.\n$/);
  });

  it("runs no package's own scripts: nothing needs a compiler", async () => {
    await clone.start(["server"]);
    const args = JSON.parse(await readFile(join(clone.root, "npm-arguments.json"), "utf8"));
    expect(args).toContain("--ignore-scripts");
  });
});

describe("starting where it has been started before", () => {
  let started: FreshClone;
  beforeAll(async () => {
    started = await fresh.copy();
    await started.start(["server"]);
  });
  afterAll(() => started.remove());
  copyForEach(() => started);

  it("does nothing and says nothing when nothing has changed", async () => {
    expect(await clone.start(["server"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build"]);
  });

  it("builds again when a source has changed, and installs again when the lock file has", async () => {
    await clone.write("apps/server/src/main.ts", "// changed");
    await clone.start(["server"]);
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build", "turbo run build"]);
    await clone.write("package-lock.json", '{"packages":{"":{},"node_modules/x":{"version":"1.0.0"}}}');
    await clone.start(["server"]);
    expect((await clone.ran()).slice(3)).toEqual(["npm ci", "turbo run build"]);
  });

  it("accepts what a manual `npm ci` has installed", async () => {
    await rm(join(clone.root, "node_modules/.latchkey-installed"));
    await clone.start(["server"]);
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build"]);
  });

  it("installs again if the native parts do not load", async () => {
    await rm(join(clone.root, "node_modules/.latchkey-installed"));
    await clone.write("node_modules/better-sqlite3/index.js", "throw new Error('another Node')");
    await clone.start(["server"]);
    expect(await clone.ran()).toEqual(["npm ci", "turbo run build", "npm ci"]);
  });
});

describe("the lock", () => {
  copyForEach(() => fresh);

  it("is held by one process at a time", async () => {
    const path = join(clone.root, "some.lock");
    let holders = 0;
    const hold = () =>
      withLock(path, async () => {
        expect(++holders).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        holders--;
      });
    await Promise.all([hold(), hold(), hold()]);
    expect(existsSync(path)).toBe(false);
  });

  it("is released when the work fails", async () => {
    const path = join(clone.root, "some.lock");
    await expect(withLock(path, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await withLock(path, async () => "taken")).toBe("taken");
  });

  it("is taken from a holder that was killed, after it gave no sign of life for a while", async () => {
    const path = join(clone.root, "some.lock");
    await mkdir(path);
    let waited = false;
    const onWait = () => {
      waited = true;
    };
    expect(await withLock(path, async () => "taken", { staleMs: 300, onWait })).toBe("taken");
    expect(waited).toBe(true);
  });
});

describe("the installation matches the lock file", () => {
  const lock = {
    packages: {
      "": {},
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/for-macs": { version: "1.0.0", optional: true },
    },
  };
  const installed = (a: object) => ({ packages: { "node_modules/a": a } });

  it("unless a version or its content differs, or something is missing that is not optional", () => {
    expect(fitsLock(lock, installed({ version: "1.0.0", integrity: "sha512-a" }))).toBe(true);
    expect(fitsLock(lock, installed({ version: "1.0.1", integrity: "sha512-a" }))).toBe(false);
    expect(fitsLock(lock, installed({ version: "1.0.0", integrity: "sha512-b" }))).toBe(false);
    expect(fitsLock(lock, { packages: {} })).toBe(false);
  });
});

describe("a Node that is too old", () => {
  it.each(["18.20.4", "20.20.2", "22.13.1"])("%s is told what is needed", (version) => {
    expect(versionFault(version, ">=22.14")).toBe(
      `Latchkey needs Node 22.14 or later, but this is Node ${version}. Install a later one: https://nodejs.org.`,
    );
  });
  it.each(["22.14.0", "22.23.5", "24.1.0", "26.0.0"])("%s is accepted", (version) => {
    expect(versionFault(version, ">=22.14")).toBeUndefined();
  });
});

describe("a failed installation is explained", () => {
  it.each([
    ["npm error prebuild-install warn install getaddrinfo ENOTFOUND github.com", /see its output above/],
    [
      "npm error network request to https://registry.example.org/zod failed, reason: getaddrinfo ENOTFOUND registry.example.org",
      /^The package registry/,
    ],
    ["npm error code ENOSPC", /^The disk is full/],
    ["npm error code EACCES", /is not writable/],
    [
      "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync",
      /do not match/,
    ],
    ["something else", /see its output above/],
  ])("%s", (output, sentence) => {
    expect(explainInstallFailure({ exitCode: 1, output })).toMatch(sentence);
  });

  it.each(["/home/ada/latchkey (1)", "/srv/100%", "/srv/a#b"])(
    "by the name of the folder, if npm gives no other cause in %s",
    (folder) => {
      const sentence = explainInstallFailure({ exitCode: 1, output: "something else" }, folder);
      expect(sentence).toContain(JSON.stringify(folder));
      expect(explainInstallFailure({ exitCode: 1, output: "ENOSPC" }, folder)).not.toContain(
        "name of the folder",
      );
    },
  );

  it("without the name of an ordinary folder such as /home/ada/Meine Süßen/latchkey-1.0", () => {
    const sentence = explainInstallFailure({ exitCode: 1, output: "" }, "/home/ada/Meine Süßen/latchkey-1.0");
    expect(sentence).toMatch(/see its output above\.$/);
  });

  it("where npm succeeded and the binaries are not for this machine", () => {
    expect(explainInstallFailure({ exitCode: 0, output: "" })).toMatch(/has no binary that runs here/);
  });
});
