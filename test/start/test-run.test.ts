import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { THOROUGH } from "../vitest.config.js";
import { closingLine, countTests } from "../vitest-run.mjs";

const PROGRAMS = JSON.stringify(join(import.meta.dirname, "../programs.mjs"));
const ERRORS = JSON.stringify(join(import.meta.dirname, "../../packages/config/setup-error.mjs"));

/** Replaces apt-get: records how it was called and whether services may start, and installs a program. */
const APT_GET = `dir=\${0%/*}; echo "$@ $SYSTEMD_OFFLINE" >> "$dir/ran.log"
printf '#!/bin/sh\\n' > "$dir/redis-server"; /bin/chmod +x "$dir/redis-server"`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-path-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts a shell script on a PATH that contains nothing else. */
async function program(name: string, script: string) {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** Looks for programs on that PATH only: for a redis-server, or for what only some tests need. */
async function ensure(
  options: { readonly isRoot: boolean },
  what: "RedisServer" | "OptionalPrograms" = "RedisServer",
) {
  const source = `
    import { ensure${what} } from ${PROGRAMS};
    import { reportSetupError } from ${ERRORS};
    try { await ensure${what}(${JSON.stringify(options)}); }
    catch (error) { reportSetupError(error); process.exit(1); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { env: { PATH: folder } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [exitCode] = await once(child, "close");
  return { exitCode, stderr };
}

describe("a redis-server for the tests", () => {
  it("is the one on PATH, without any output", async () => {
    await program("redis-server", "exit 0");
    expect(await ensure({ isRoot: true })).toEqual({ exitCode: 0, stderr: "" });
  });

  it("is requested in one sentence if installing it needs more rights", async () => {
    const { exitCode, stderr } = await ensure({ isRoot: false });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^redis-server is missing.*: install it .*\.\n$/);
  });

  it("is requested in one sentence if there is no apt-get", async () => {
    expect((await ensure({ isRoot: true })).stderr).toMatch(/^redis-server is missing.*: install it .*\.\n$/);
  });
});

describe.runIf(existsSync("/etc/debian_version"))("as root on Debian, redis-server", () => {
  it("is installed with apt-get, saying so, and without starting it on the default port", async () => {
    await program("apt-get", APT_GET);
    const { exitCode, stderr } = await ensure({ isRoot: true });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^redis-server is missing: installing it with apt-get … 0 s\n/);
    const calls = await readFile(join(folder, "ran.log"), "utf8");
    expect(calls).toContain("-q install -y --no-install-recommends redis-server 1\n");
  });

  it("is installed with updated package lists if the old ones do not work", async () => {
    await program(
      "apt-get",
      `test "$1" = --version && exit\ntest "$2" = update && : > "$0.updated"\ntest -e "$0.updated" || exit 100\n${APT_GET}`,
    );
    expect((await ensure({ isRoot: true })).exitCode).toBe(0);
  });

  it("is requested with apt-get's own output if it cannot be installed", async () => {
    await program("apt-get", "test $1 = --version && exit\necho 'E: no network' >&2; exit 100");
    const { exitCode, stderr } = await ensure({ isRoot: true });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/E: no network\n\napt-get could not install redis-server: .*\.\n$/);
  });
});

describe.runIf(existsSync("/etc/debian_version"))("what only some tests need", () => {
  it("is installed as root on Debian", async () => {
    await program(
      "apt-get",
      `test "$1" = --version && exit\necho "$@" >> "\${0%/*}/ran.log"\nfor made; do :; done; printf '#!/bin/sh\\n' > "\${0%/*}/$made"; /bin/chmod +x "\${0%/*}/$made"`,
    );
    const { exitCode, stderr } = await ensure({ isRoot: true }, "OptionalPrograms");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Chromium, which runs the client, was installed in");
    expect(await readFile(join(folder, "ran.log"), "utf8")).toContain(" chromium\n");
  });

  it("does not keep the other tests from running if it cannot be installed", async () => {
    await program("apt-get", 'test "$1" = --version || exit 100');
    const { exitCode, stderr } = await ensure({ isRoot: true }, "OptionalPrograms");
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "Chromium, which runs the client, could not be installed: tests that need it are skipped.\n",
    );
    expect(await ensure({ isRoot: false }, "OptionalPrograms")).toEqual({ exitCode: 0, stderr: "" });
  });
});

describe("counting tests", () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map((each) => ({ status: each })),
  });

  it("says how many passed and failed, and how many were skipped if any were", () => {
    const testResults = [file("passed", "passed", "pending"), file("failed", "passed", "failed")];
    expect(closingLine(countTests({ testResults }))).toBe("2 passed, 1 failed, 1 skipped");
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  });

  it("counts a file that could not be loaded as failed", () => {
    expect(countTests({ testResults: [file("failed"), file("passed", "passed")] })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });
});

describe("the thorough tests", () => {
  it.each(THOROUGH)("are still where %s looks for them", (pattern) => {
    expect(globSync(pattern, { cwd: join(import.meta.dirname, "..") })).not.toEqual([]);
  });
});
