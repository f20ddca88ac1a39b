import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { freePort } from "./port.js";
import { preferOverTests } from "./priority.js";

/** Several servers of one deployment. */
export interface RedisServers {
  readonly ports: readonly number[];
  /** Kills one of them. */
  kill(port: number): Promise<void>;
  stop(): Promise<void>;
}

const ask = promisify(execFile);

/** Whether a cluster can be made here: that is a task of `redis-cli`. */
export const HAS_REDIS_CLI = spawnSync("redis-cli", ["--version"], { stdio: "ignore" }).status === 0;

/** A primary and a replica, and a sentinel that watches them under the name `main`. */
export async function startSentinel(): Promise<RedisServers & { readonly sentinelPort: number }> {
  const servers = await startMany(2, ["--appendonly", "no"]);
  const [primary = 0, replica = 0] = servers.ports;
  await call(replica, "REPLICAOF", "127.0.0.1", String(primary));
  await until(async () => /master_link_status:up/.test(String(await call(replica, "INFO", "replication"))));
  const sentinelPort = await freePort();
  await servers.start(sentinelPort, "sentinel", [
    `port ${sentinelPort}`,
    "bind 127.0.0.1",
    `sentinel monitor main 127.0.0.1 ${primary} 1`,
    "sentinel down-after-milliseconds main 300",
    "sentinel failover-timeout main 2000",
  ]);
  // A sentinel that does not know the replica yet could not promote it.
  await until(async () => /slaves=1/.test(String(await call(sentinelPort, "INFO", "sentinel"))));
  return { ...servers, sentinelPort };
}

/** Three nodes that share the keys. */
export async function startCluster(): Promise<RedisServers> {
  const servers = await startMany(3, ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]);
  const nodes = servers.ports.map((port) => `127.0.0.1:${port}`);
  await ask("redis-cli", ["--cluster", "create", ...nodes, "--cluster-yes"]);
  for (const port of servers.ports) {
    await until(async () => /cluster_state:ok/.test(String(await call(port, "CLUSTER", "INFO"))));
  }
  return servers;
}

/** Sends one server one command. */
export async function call(port: number, name: string, ...words: readonly string[]): Promise<unknown> {
  const redis = new Redis({ port, host: "127.0.0.1" });
  redis.on("error", () => {});
  try {
    return await redis.call(name, ...words);
  } finally {
    redis.disconnect();
  }
}

/** Asks until something holds: servers agree with each other in their own time. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function startMany(count: number, options: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-redis-"));
  const children = new Map<number, ChildProcess>();
  const begin = async (port: number, words: readonly string[]) => {
    const child = spawn("redis-server", words, { stdio: "ignore", cwd: folder });
    preferOverTests(child);
    children.set(port, child);
    await until(async () => (await call(port, "PING")) === "PONG");
  };
  const kill = async (port: number) => {
    const child = children.get(port);
    children.delete(port);
    child?.kill("SIGKILL");
    if (child !== undefined) await once(child, "exit");
  };
  const ports: number[] = [];
  for (let number = 0; number < count; number++) {
    const port = await clusterPort();
    const files = ["--cluster-config-file", `nodes-${port}.conf`, "--dbfilename", `${port}.rdb`];
    const here = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    await begin(port, [...here, ...files, ...options]);
    ports.push(port);
  }
  return {
    ports,
    kill,
    async start(port: number, name: string, lines: readonly string[]) {
      const file = join(folder, `${name}.conf`);
      await writeFile(file, lines.join("\n"));
      await begin(port, [file, "--sentinel"]);
    },
    async stop() {
      for (const port of [...children.keys()]) await kill(port);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The nodes of a cluster talk to each other on a second port, 10,000 higher. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
  }
}
