import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/port.js";
import { freshEmail, send } from "../support/rest.js";
import { openWire } from "../support/wire.js";
import { environmentWithCurl } from "./curl.js";
import { inEmptyFolder, logLines } from "./launch.js";
import { canOpenTerminals, onTerminal } from "./terminal.js";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

const account = () => {
  const email = freshEmail();
  return { email, username: email, password: "correct horse battery" };
};

describe("the built server", () => {
  it.skipIf(!canOpenTerminals)(
    "starts in an empty folder, answers the curl command that it shows on a terminal, and exits with 0 on SIGTERM",
    async () => {
      await inEmptyFolder(async (folder, start) => {
        const server = start({}, onTerminal("read"));
        await server.url;
        await expect.poll(server.stdout).toContain("password123");
        const [curl = ""] = /curl [\s\S]*?'\n/.exec(server.stdout().replaceAll("\r", "")) ?? [];
        const { stdout } = await promisify(execFile)("sh", ["-c", curl], {
          env: await environmentWithCurl(),
        });
        expect(JSON.parse(stdout)).toMatchObject({ success: true, data: { user: { username: "testuser" } } });
        expect(existsSync(join(folder, "data/latchkey.db"))).toBe(true);
        server.process.kill("SIGTERM");
        expect(await server.exit).toBe(0);
        expect(server.stderr()).toBe("");
      });
    },
  );

  it("keeps serving if its output is not read", async () => {
    await inEmptyFolder(async (_, start) => {
      const port = await freePort();
      const server = start({ PORT: String(port), HOST: "127.0.0.1" });
      server.process.stdout?.destroy();
      const status = () =>
        fetch(`http://127.0.0.1:${port}/livez`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(status, { timeout: 20_000 }).toBe(200);
      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
      expect(server.stderr()).toBe("");
    });
  });

  it("lists all errors in the settings at once, without their values, and exits with 78", async () => {
    await inEmptyFolder(async (folder, start) => {
      await writeFile(join(folder, ".env"), "WORKERS=none\n");
      const { exit, stderr } = start({
        PORT: "70000",
        JWT_SECRET: "hunter2",
        DATABASE_URL: "mysql://db",
        ACCESS_TOKEN_MINUTES: "-1",
      });
      expect(await exit).toBe(78);
      for (const name of ["PORT", "WORKERS", "JWT_SECRET", "DATABASE_URL", "ACCESS_TOKEN_MINUTES"]) {
        expect(stderr()).toMatch(new RegExp(`^ +${name} .*\\.$`, "m"));
      }
      expect(stderr()).not.toMatch(/hunter2|mysql|\n +at /);
      expect(existsSync(join(folder, "data"))).toBe(false);
    });
  });

  it("says in one sentence that the port is in use, and exits with 1", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    await inEmptyFolder(async (_, start) => {
      const { port } = other.address() as AddressInfo;
      const { exit, stderr } = start({ PORT: String(port) });
      expect(await exit).toBe(1);
      expect(stderr()).toMatch(/^latchkey: the port is already in use\..*\n$/);
    });
    other.close();
  });

  it("says in one sentence that the file is not a database, and leaves it unchanged", async () => {
    await inEmptyFolder(async (folder, start) => {
      await mkdir(join(folder, "data"));
      await writeFile(join(folder, "data/latchkey.db"), "not a database, ".repeat(1000));
      const { exit, stderr } = start();
      expect(await exit).toBe(1);
      expect(stderr()).toMatch(/^latchkey: the database file is damaged or is not a SQLite database\..*\n$/);
    });
  });

  it("says in one sentence that the database cannot be at the configured place, and exits with 78", async () => {
    await inEmptyFolder(async (folder, start) => {
      await writeFile(join(folder, "file"), "");
      await promisify(execFile)("mkfifo", [join(folder, "pipe")]);
      await symlink("/dev/zero", join(folder, "device"));
      for (const path of ["file/in/it/x.db", ".", "pipe", "device"]) {
        const { exit, stderr } = start({ DATABASE_URL: path });
        expect(await exit).toBe(78);
        expect(stderr()).toMatch(/^latchkey: DATABASE_URL does not point to a usable file: .*\n$/);
      }
    });
  });

  it(
    "starts three times at once on one empty database, at localhost by IPv4 and IPv6, and each accepts " +
      "the others' tokens",
    async () => {
      await inEmptyFolder(async (_, start) => {
        const servers = await Promise.all([start().url, start().url, start().url]);
        const [first = "", ...others] = servers;
        const { json } = await send({ url: first }, "POST", "/api/auth/register", { json: account() });
        const { token } = json.data;
        for (const url of others) {
          expect((await send({ url }, "GET", "/api/auth/verify", { token })).status).toBe(200);
        }
        for (const address of hasIpv6 ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"]) {
          const url = `http://${address}:${new URL(first).port}`;
          expect((await send({ url }, "GET", "/livez")).status, address).toBe(200);
        }
      });
    },
  );

  it.each([
    "http://a:99999/nothing",
    "http://a b@c/x",
    "//a:b@c/?d#e",
    "/nothing#here",
    "/nothing\u00a0here",
    "*",
  ])("writes no warning about a request target: %s", async (target) => {
    await inEmptyFolder(async (_, start) => {
      const server = start();
      const wire = await openWire(Number(new URL(await server.url).port));
      wire.socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, "latin1");
      await wire.closed;
      expect(wire.statuses()).toHaveLength(1);
      server.process.kill("SIGINT");
      await server.exit;
      expect(server.stdout() + server.stderr()).not.toMatch(/warning|DEP0/i);
    });
  });

  it("logs no error if it stops in the middle of hashes that take too long", async () => {
    await inEmptyFolder(async (_, start) => {
      const managementPort = String(await freePort());
      const server = start({
        MANAGEMENT_PORT: managementPort,
        ARGON2_MEMORY_KIB: "65536",
        ARGON2_TIME_COST: "20",
        SHUTDOWN_SECONDS: "0.01",
      });
      const url = await server.url;
      const cutOff = Array.from({ length: 20 }, () =>
        send({ url }, "POST", "/api/auth/register", { json: account() }).catch(() => "cut off"),
      );
      const metrics = async () => (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text();
      await expect.poll(metrics).toMatch(/^latchkey_hash_running [1-9]/m);
      server.process.kill("SIGINT");
      expect(await server.exit).toBe(0);
      expect(await Promise.all(cutOff)).toContain("cut off");
      expect(logLines(server).filter(({ level }) => Number(level) >= 50)).toEqual([]);
    });
  });

  it("also exits with 0 on SIGINT, and keeps accounts, sessions and keys across a restart", async () => {
    await inEmptyFolder(async (_, start) => {
      const before = start();
      const { json } = await send({ url: await before.url }, "POST", "/api/auth/register", {
        json: account(),
      });
      before.process.kill("SIGINT");
      expect(await before.exit).toBe(0);
      const url = await start().url;
      expect((await send({ url }, "GET", "/api/auth/verify", { token: json.data.token })).status).toBe(200);
    });
  });
});

describe("WORKERS=2", () => {
  it("serves from two processes, and ends all of them on SIGTERM", async () => {
    await inEmptyFolder(async (_, start) => {
      const server = start({ WORKERS: "2" });
      const url = await server.url;
      const workers = () => logLines(server).filter(({ msg }) => msg === "listening");
      await expect.poll(() => workers().length, { timeout: 10_000 }).toBe(2);

      const { json } = await send({ url }, "POST", "/api/auth/register", { json: account() });
      const headers = { Connection: "close" }; // One connection per request: the workers take turns.
      for (let i = 0; i < 6; i++) {
        const answer = await send({ url }, "GET", "/api/auth/verify", { token: json.data.token, headers });
        expect(answer.status).toBe(200);
      }

      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
      for (const { pid } of workers()) expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
    });
  });

  it("ends on a SIGTERM that comes while none of them is running", async () => {
    await inEmptyFolder(async (_, start) => {
      const server = start({ WORKERS: "2", MANAGEMENT_PORT: "0" });
      const saying = (text: string) => logLines(server).filter(({ msg }) => msg === text);
      await expect.poll(() => saying("listening").length, { timeout: 10_000 }).toBe(2);
      for (const { pid } of saying("listening")) process.kill(Number(pid), "SIGKILL");
      await expect.poll(() => saying("a worker ended and is replaced").length, { interval: 5 }).toBe(2);
      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
    });
  });

  it("exits with 78 when the settings are wrong, and does not try again", async () => {
    await inEmptyFolder(async (_, start) => {
      expect(await start({ WORKERS: "2", JWT_SECRET: "short" }).exit).toBe(78);
    });
  });
});
