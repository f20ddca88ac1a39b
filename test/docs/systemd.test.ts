import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../start/launch.js";
import { freshEmail, send } from "../support/rest.js";
import { block, ROOT } from "./markdown.js";

const GUIDE = "apps/docs/guide/operate.md";
const UNIT = block(GUIDE, "ini", "[Service]");
const SETTINGS = block(GUIDE, "sh", "DATABASE_URL=");

const settingOf = (key: string) => new RegExp(`^${key}=(.+)$`, "m").exec(UNIT)?.[1] ?? "";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-unit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the guide's unit for systemd", () => {
  it.skipIf(spawnSync("systemd-analyze", ["--version"]).status !== 0)("is accepted by systemd", async () => {
    const file = join(folder, "latchkey.service");
    await writeFile(file, UNIT.replace("/usr/bin/node", process.execPath));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
      encoding: "utf8",
    });
    // Other units of this machine are read too.
    const ours = stderr.split("\n").filter((line) => line.includes("latchkey"));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });

  it("keeps the database where the unit may write, and nowhere else", () => {
    expect(settingOf("ProtectSystem")).toBe("strict");
    expect(SETTINGS).toContain(`=/var/lib/${settingOf("StateDirectory")}/`);
  });

  it("starts in a folder that is read-only, and writes only to its state directory", async (context) => {
    const [place, state, above] = [join(folder, "srv"), join(folder, "state"), join(folder, "above")];
    for (const path of [place, state, above]) await mkdir(path, { mode: 0o700 });
    // What systemd makes of the unit: a folder that is read-only throughout, with the guide's settings file
    // in it.
    const settings = SETTINGS.replace(`/var/lib/${settingOf("StateDirectory")}`, state);
    await writeFile(join(above, ".env"), settings, { mode: 0o640 });
    const layout = `
      set -e
      mount --make-rprivate /
      mount -t overlay -o lowerdir=${above}:${ROOT} latchkey-unit ${place}
      cd ${place}
      exec "$@"`;
    const inLayout = ["--mount", "sh", "-c", layout, "sh"];
    if (spawnSync("unshare", [...inLayout, "true"]).status !== 0) {
      return context.skip("nothing can be mounted here: root is needed");
    }
    const [, program = ""] = settingOf("ExecStart").split(" ");
    const server = launch({ cwd: folder, prefix: ["unshare", ...inLayout], program });
    try {
      const url = await server.url;
      const json = { username: "ada", email: freshEmail(), password: "correct horse battery" };
      expect((await send({ url }, "POST", "/api/auth/register", { json })).status).toBe(200);
      expect((await stat(join(state, "latchkey.db"))).size).toBeGreaterThan(0);
    } finally {
      server.process.kill("SIGTERM");
    }
    expect(await server.exit).toBe(0);
  });
});
