import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "@redocly/openapi-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readSettings } from "../../apps/server/src/settings/read.js";
import { declaredSettings, judgeSettings } from "../../apps/server/src/wiring/settings.js";
import { type Launched, launch, logLines } from "../start/launch.js";
import { startProxy } from "../support/proxy.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { block, ROOT, readDocument } from "./markdown.js";

const GUIDE = "apps/docs/guide/many-nodes.md";
const DROP_IN = block(GUIDE, "ini", "RestartSec=");
const UNIT = block("apps/docs/guide/operate.md", "ini", "[Service]");
const HAPROXY = /```\n(# haproxy\.cfg\n[\s\S]*?)```/.exec(readDocument(GUIDE))?.[1] ?? "";
const SQL = block(GUIDE, "sql", "CREATE DATABASE");

interface Service {
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly healthcheck?: unknown;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}
// Safe: what the guide does not say fails the tests.
const COMPOSE = parseYaml(block(GUIDE, "yaml", "x-latchkey:")) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { postgres, one, two, proxy } = COMPOSE.services;
const settings = one?.environment ?? {};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-nodes-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the guide's drop-in for systemd", () => {
  const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
  it.skipIf(!hasSystemd)("is accepted by systemd beside the unit of one machine", async () => {
    const unit = join(folder, "latchkey.service");
    await mkdir(`${unit}.d`);
    await writeFile(unit, UNIT.replace("/usr/bin/node", process.execPath));
    const verify = () => {
      const words = ["verify", "--man=no", unit];
      const { status, stderr } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
      // Other units of this machine are read too.
      return { status, ours: stderr.split("\n").filter((line) => line.includes("latchkey")) };
    };
    await writeFile(join(`${unit}.d`, "many-nodes.conf"), DROP_IN.replace("RestartSec=", "RestartSecs="));
    expect(verify().ours).not.toEqual([]);
    await writeFile(join(`${unit}.d`, "many-nodes.conf"), DROP_IN);
    expect(verify()).toEqual({ status: 0, ours: [] });
  });
});

describe("the guide's services for Compose", () => {
  it("name only services and volumes that there are", () => {
    const names = Object.keys(COMPOSE.services);
    for (const [name, { depends_on = [], volumes = [] }] of Object.entries(COMPOSE.services)) {
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
      expect(names, name).toEqual(expect.arrayContaining(needed));
      for (const volume of volumes.filter((each) => !each.startsWith("."))) {
        expect(Object.keys(COMPOSE.volumes)).toContain(volume.split(":")[0]);
      }
    }
    expect(postgres?.healthcheck).toBeDefined();
  });

  it("have settings that the server accepts, for the database that is made", () => {
    expect(two).toEqual(one);
    const { host } = readSettings(declaredSettings, settings, judgeSettings);
    const { username, password, hostname, pathname } = new URL(host.databaseUrl);
    const made = postgres?.environment ?? {};
    expect([username, password, pathname.slice(1)]).toEqual([
      made.POSTGRES_USER,
      made.POSTGRES_PASSWORD,
      made.POSTGRES_DB,
    ]);
    expect(COMPOSE.services).toHaveProperty(hostname);
  });

  it("leave the nodes time to drain, which the proxy asks and reaches", () => {
    expect(Number.parseInt(one?.stop_grace_period ?? "", 10)).toBeGreaterThan(
      Number(settings.DRAIN_SECONDS) + 10,
    );
    const servers = [...HAPROXY.matchAll(/^ +server (\w+) (\w+):(\d+) check inter (\d)s fall (\d)/gm)];
    expect(servers.map(([, , host]) => host)).toEqual(["one", "two"]);
    for (const [, , , port, interval, fall] of servers) {
      expect(port).toBe(settings.PORT);
      expect(Number(settings.DRAIN_SECONDS)).toBeGreaterThan(Number(interval) * Number(fall));
    }
    const [, inside] = proxy?.ports?.[0]?.split(":") ?? [];
    expect(HAPROXY).toContain(`bind :${inside}\n`);
    expect(HAPROXY).toContain("httpchk GET /readyz");
  });

  it.skipIf(spawnSync("haproxy", ["-v"]).status !== 0)("have a proxy that HAProxy accepts", async () => {
    const file = join(folder, "haproxy.cfg");
    await writeFile(file, HAPROXY.replaceAll(/(server \w+) \w+:/g, "$1 127.0.0.1:"));
    expect(spawnSync("haproxy", ["-c", "-f", file]).status).toBe(0);
  });
});

describe.skipIf(inject("postgresUrl") === "")("the guide's two nodes, as processes behind a proxy", () => {
  // The cluster of the test run has a user of the guide's name.
  const name = `guide_${process.pid}`;
  const statements = SQL.replaceAll(/\blatchkey\b/g, name)
    .split(";")
    .filter((each) => each.trim() !== "");
  const psql = async (...texts: readonly string[]) => {
    const client = new pg.Client(`${inject("postgresUrl")}/postgres`);
    await client.connect();
    for (const text of texts) await client.query(text);
    await client.end();
  };
  const started: Launched[] = [];
  beforeAll(() => psql(...statements));
  afterAll(async () => {
    for (const each of started) each.process.kill("SIGKILL");
    await Promise.all(started.map(({ exit }) => exit));
    await psql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `DROP ROLE IF EXISTS ${name}`);
  });

  it("serve the same accounts: who signs in at one is refused at the other after the logout there", async () => {
    const url = new URL(settings.DATABASE_URL ?? "");
    Object.assign(url, { host: new URL(inject("postgresUrl")).host, username: name, pathname: `/${name}` });
    url.password = /PASSWORD '(.*)'/.exec(SQL)?.[1] ?? "";
    const environment = { ...settings, DATABASE_URL: url.href, HOST: "127.0.0.1", PORT: "0" };
    const [, program = ""] = one?.command?.split(" ") ?? [];
    // Both at once: the first one makes the tables.
    for (let node = 0; node < 2; node++) {
      started.push(launch({ cwd: folder, environment, program: join(ROOT, program) }));
    }
    const ports = (await Promise.all(started.map((node) => node.url))).map((each) =>
      Number(new URL(each).port),
    );
    const [first = 0, second = 0] = ports;
    const connected = logLines(started[0] as Launched).find(({ msg }) => msg === "database connected");
    expect(connected).toMatchObject({ level: 30, connections: 10, allowed: expect.any(Number) });

    const balancer = await startProxy(first);
    const way = { url: `http://127.0.0.1:${balancer.port}` };
    const headers = { Connection: "close", "X-Forwarded-For": "192.0.2.1" };
    const ask = (
      port: number,
      method: string,
      path: string,
      sent: { json?: unknown; token?: string } = {},
    ) => {
      balancer.leadTo(port);
      return send(way, method, path, { ...sent, headers });
    };
    const json = { username: "ada", email: freshEmail(), password: PASSWORD };
    expect((await ask(first, "POST", "/api/auth/register", { json })).status).toBe(200);
    const { token } = (await ask(second, "POST", "/api/auth/login", { json })).json.data;
    const verify = async (port: number) => (await ask(port, "GET", "/api/auth/verify", { token })).status;
    expect([await verify(first), await verify(second)]).toEqual([200, 200]);
    expect((await ask(first, "POST", "/api/users/logout", { token })).status).toBe(200);
    expect([await verify(second), await verify(first)]).toEqual([401, 401]);

    // One is restarted: the other goes on, and what was ended stays so.
    started[0]?.process.kill("SIGTERM");
    await expect.poll(async () => (await ask(first, "GET", "/readyz")).status).toBe(503);
    expect(await verify(second)).toBe(401);
    expect((await ask(second, "POST", "/api/auth/login", { json })).status).toBe(200);
    expect(await started[0]?.exit).toBe(0);
    await balancer.close();
  });
});
