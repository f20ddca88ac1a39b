import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freePort } from "../support/port.js";
import { createMigrated, dropDatabase } from "../support/postgres.js";
import { type PostgresCluster, startCluster } from "../support/postgres-cluster.js";
import { openStuckServer } from "../support/stuck.js";
import { inEmptyFolder, logLines } from "./launch.js";

const REFUSED =
  "latchkey: PostgreSQL refuses connections at the host and port in DATABASE_URL. Check both, and that it is " +
  "running and listens there (`listen_addresses`).\n";
const SILENT =
  "latchkey: PostgreSQL does not answer at the host and port in DATABASE_URL. Check both, and whether a firewall " +
  "is in the way.\n";
const EXHAUSTED =
  "latchkey: PostgreSQL has no connections left. Raise its `max_connections`, or lower DATABASE_POOL or the number " +
  "of nodes.\n";

/** Starts a server that cannot start; resolves to its exit code and what it wrote. */
async function fails(environment: Record<string, string>) {
  let found: readonly unknown[] = [];
  await inEmptyFolder(async (_, start) => {
    const server = start(environment);
    found = [await server.exit, server.stderr(), server.stdout()];
  });
  return found;
}

const WORKERS = ["1", "2"];

describe("a node that starts while PostgreSQL is away", () => {
  it.each(WORKERS)("ends with one sentence, in %s processes", async (count) => {
    const url = `postgres://latchkey@127.0.0.1:${await freePort()}/latchkey`;
    expect(await fails({ DATABASE_URL: url, WORKERS: count })).toEqual([1, REFUSED, ""]);
  });

  it.each(WORKERS)("ends with one sentence if nothing answers there, in %s processes", async (count) => {
    const stuck = await openStuckServer();
    const url = stuck.url.replace("http:", "postgres://latchkey@").replace("@//", "@");
    expect(await fails({ DATABASE_URL: `${url}/latchkey`, WORKERS: count })).toEqual([1, SILENT, ""]);
    stuck.close();
  });
});

describe.skipIf(inject("postgresUrl") === "")("a PostgreSQL without connections", () => {
  let cluster: PostgresCluster;
  let url: string;
  const held: pg.Client[] = [];
  /** A superuser would have connections of its own. */
  const hold = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const client = new pg.Client(url);
      client.on("error", () => {});
      await client.connect();
      held.push(client);
    }
  };
  const release = async () => {
    for (const client of held.splice(0)) await client.end();
    // PostgreSQL gives a place free when the process that had it has ended.
    const used = "SELECT pid FROM pg_stat_activity WHERE usename = 'node'";
    while ((await cluster.query(used)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  beforeAll(async () => {
    cluster = await startCluster({ settings: ["max_connections=14", "superuser_reserved_connections=2"] });
    await cluster.query("CREATE ROLE node LOGIN");
    await cluster.query("CREATE DATABASE nodes OWNER node");
    url = `${cluster.url.replace("latchkey@", "node@")}/nodes`;
  });
  afterAll(async () => {
    await release();
    await cluster.remove();
  });

  it.each(WORKERS)("lets a node end with one sentence, in %s processes", async (count) => {
    await hold(12);
    expect(await fails({ DATABASE_URL: url, WORKERS: count })).toEqual([1, EXHAUSTED, ""]);
    await release();
  });

  it("lets a node that has too few of them serve what it can, refuse the rest in time, and go on later", async () => {
    await inEmptyFolder(async (_, start) => {
      const server = start({ DATABASE_URL: url });
      const at = await server.url;
      // What it has opened so far remains; more it does not get.
      await expect.poll(async () => (await fetch(`${at}/readyz`)).status).toBe(200);
      while (
        await hold(1).then(
          () => true,
          () => false,
        )
      );
      const register = (n: number) =>
        fetch(`${at}/api/auth/register`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ username: `u${n}`, email: `u${n}@example.com`, password: "correct horse" }),
        });
      const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => register(n)));
      for (const { status, headers } of answers) {
        expect([200, 503]).toContain(status);
        if (status === 503) expect(headers.get("retry-after")).not.toBeNull();
      }
      for (const client of held.splice(0)) await client.end();
      await expect.poll(async () => (await register(99)).status, { timeout: 10_000 }).toBe(200);
      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
    });
  });
});

describe.skipIf(inject("postgresUrl") === "")("a node on PostgreSQL", () => {
  it("says at its start how many connections it may open, and how many PostgreSQL has for all", async () => {
    const url = await createMigrated(inject("postgresUrl"));
    await inEmptyFolder(async (_, start) => {
      const server = start({ DATABASE_URL: url, DATABASE_POOL: "3", LOG_LEVEL: "info" });
      await server.url;
      const lines = logLines(server).filter(({ msg }) => msg === "database connected");
      expect(lines).toMatchObject([{ level: 30, connections: 5, allowed: 197 }]);
      server.process.kill("SIGTERM");
      expect(await server.exit).toBe(0);
    });
    await dropDatabase(url);
  });
});
