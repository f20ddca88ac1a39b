import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { samplesOf } from "../support/metrics.js";
import { freePort } from "../support/port.js";
import { send } from "../support/rest.js";
import { inEmptyFolder, type Launched, logLines } from "./launch.js";
import { canOpenTerminals, onTerminal } from "./terminal.js";

const DROPPED = "latchkey_log_lines_dropped_total";
/** Each of these requests logs a line of about 200 characters, and a pipe holds 64 KiB of them. */
const REQUESTS = 1500;
const AT_ONCE = 50;

/** `sh` redirects the output of the program that follows. */
const redirected = (redirection: string) => ["sh", "-c", `exec "$@" ${redirection}`, "sh"];

async function newPorts() {
  const [port, managementPort] = [await freePort(), await freePort()];
  const environment = { PORT: String(port), MANAGEMENT_PORT: String(managementPort), HOST: "127.0.0.1" };
  const url = `http://127.0.0.1:${port}`;
  const metrics = async () => {
    const answer = await fetch(`http://127.0.0.1:${managementPort}/metrics`);
    return samplesOf(await answer.text());
  };
  return { environment, url, metrics };
}

const statusOf = (url: string) => () =>
  fetch(`${url}/livez`).then(
    ({ status }) => status,
    () => 0,
  );

/** Requests that write a line each. */
async function logMuch(url: string, requests = REQUESTS): Promise<Set<number>> {
  const seen = new Set<number>();
  for (let i = 0; i < requests; i += AT_ONCE) {
    const json = { username: "nobody", password: "x" };
    const answers = Array.from({ length: AT_ONCE }, () => send({ url }, "POST", "/api/auth/login", { json }));
    for (const { status } of await Promise.all(answers)) seen.add(status);
  }
  return seen;
}

async function goesOn(server: Launched, url: string, requests?: number): Promise<void> {
  await expect.poll(statusOf(url), { timeout: 20_000 }).toBe(200);
  for (const status of await logMuch(url, requests)) expect([401, 429]).toContain(status);
  expect(await statusOf(url)()).toBe(200);
  server.process.kill("SIGTERM");
  expect(await server.exit).toBe(0);
}

describe.each(["1", "2"])(
  "a log that cannot be written, with WORKERS=%s,",
  { timeout: 60_000 },
  (WORKERS) => {
    it("stops no request and no end of the process if its disk is full, and its lost lines are counted", async () => {
      await inEmptyFolder(async (_, start) => {
        const { environment, url, metrics } = await newPorts();
        const server = start({ ...environment, WORKERS }, redirected(">/dev/full 2>&1"));
        await expect.poll(statusOf(url), { timeout: 20_000 }).toBe(200);
        const count = async () => (await metrics()).get(DROPPED) ?? 0;
        expect(await count()).toBe(0);
        // More than is held for better times.
        while ((await count()) === 0) await logMuch(url);
        await goesOn(server, url);
      });
    });

    it("stops neither if it is a pipe that is not read", async () => {
      await inEmptyFolder(async (folder, start) => {
        const { environment, url } = await newPorts();
        execFileSync("mkfifo", [join(folder, "log")]);
        // The shell keeps it open for reading, and does not read.
        const server = start({ ...environment, WORKERS }, redirected("3<>log >log 2>&1"));
        await goesOn(server, url);
      });
    });

    it("stops neither if it is a pipe whose reader is gone", async () => {
      await inEmptyFolder(async (_, start) => {
        const { environment, url } = await newPorts();
        const server = start({ ...environment, WORKERS });
        server.process.stdout?.destroy();
        await goesOn(server, url);
        expect(server.stderr()).toBe("");
      });
    });

    it.skipIf(!canOpenTerminals)("stops neither if it is a terminal that is stopped", async () => {
      await inEmptyFolder(async (_, start) => {
        const { environment, url } = await newPorts();
        await goesOn(start({ ...environment, WORKERS }, onTerminal("stopped")), url);
      });
    });
  },
);

describe("a log on a small disk", () => {
  it("continues when there is space again, without a broken line, and says how many are missing", async (context) => {
    await inEmptyFolder(async (folder, start) => {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "latchkey-log", disk]);
      if (mounted.status !== 0) return context.skip("no file system can be mounted here: root is needed");
      try {
        const { environment, url, metrics } = await newPorts();
        writeFileSync(join(disk, "other"), Buffer.alloc(4096));
        const server = start(environment, redirected(">>disk/log"));
        await expect.poll(statusOf(url), { timeout: 20_000 }).toBe(200);
        while (((await metrics()).get(DROPPED) ?? 0) === 0) await logMuch(url);
        rmSync(join(disk, "other"));
        execFileSync("mount", ["-o", "remount,size=64m", disk]);
        const lines = () => readFileSync(join(disk, "log"), "utf8").trimEnd().split("\n");
        const lost = () => lines().filter((line) => line.includes("lines were dropped"));
        await expect.poll(() => lost().length, { timeout: 20_000 }).toBe(1);
        expect(JSON.parse(lost()[0] ?? "").count).toBe((await metrics()).get(DROPPED));
        server.process.kill("SIGTERM");
        expect(await server.exit).toBe(0);
        for (const line of lines()) JSON.parse(line);
        expect(lines().at(-1)).toContain('"msg":"stopped"');
      } finally {
        spawnSync("umount", ["-l", disk]);
      }
    });
  }, 60_000);
});

describe("a log that is redirected", () => {
  it.each(["1", "2"])("is JSON from its first line to its last, with WORKERS=%s", async (WORKERS) => {
    await inEmptyFolder(async (_, start) => {
      const server = start({ WORKERS });
      await logMuch(await server.url, 50);
      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
      const lines = server.stdout().trimEnd().split("\n");
      for (const line of lines) expect(JSON.parse(line)).toHaveProperty("msg");
      expect(lines.length).toBeGreaterThan(50);
      expect(lines.at(-1)).toContain('"msg":"stopped"');
    });
  });
});

describe("SIGHUP", () => {
  it.each(["1", "2"])("drains as SIGTERM does and is logged, with WORKERS=%s", async (WORKERS) => {
    await inEmptyFolder(async (_, start) => {
      const server = start({ WORKERS, DRAIN_SECONDS: "1" });
      const url = await server.url;
      server.process.kill("SIGHUP");
      // Requests are still accepted while a load balancer notices.
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { interval: 20 }).toBe(503);
      expect(await server.exit).toBe(0);
      const all = logLines(server).filter(({ msg }) => msg === "stopping");
      expect(all.map(({ signal }) => signal)).toContain("SIGHUP");
      expect(logLines(server).at(-1)).toMatchObject({ msg: "stopped" });
    });
  });
});

describe("an uncaught failure", () => {
  it("is a line of the log without its message, and ends the process with 1", async () => {
    await inEmptyFolder(async (folder, start) => {
      // Loaded before the server: the only way to make one fail from outside.
      const failing = `process.on("SIGUSR2", () => { throw new Error("password=hunter2"); });`;
      writeFileSync(join(folder, "failing.cjs"), failing);
      const server = start({ NODE_OPTIONS: "--require ./failing.cjs" });
      await server.url;
      server.process.kill("SIGUSR2");
      expect(await server.exit).toBe(1);
      expect(logLines(server).at(-1)).toMatchObject({ level: 60, error: { class: "Error" } });
      expect(server.stdout() + server.stderr()).not.toContain("hunter2");
    });
  });
});
