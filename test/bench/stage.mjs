import { startServer } from "./systems.mjs";

/**
 * @typedef {import("./systems.mjs").Server} Server
 * @typedef {import("./systems.mjs").System} System
 * @typedef {import("./generator.mjs").Figures} Figures
 * @typedef {{ workload: string, backend?: string, processes?: number, lanes?: number }} Key
 * @typedef {{ server: Server, before: import("./systems.mjs").Usage, figures: Figures, seconds: number }} Measured
 * @typedef {{ name: string, rps?: number, p50?: number, p99?: number, failed?: number, cpuUs?: number,
 *   postgresUs?: number | undefined,
 *   rssMb?: number } & Record<string, unknown>} Sample
 * @typedef {Awaited<ReturnType<typeof import("./redis.mjs").startRedis>>} RedisServer
 * @typedef {{ ours: RedisServer, rivals: RedisServer }} RedisServers
 * @typedef {{
 *   systems: System[], options: import("./options.mjs").Options, redis: RedisServers,
 *   postgres: import("./postgres.mjs").PostgresServer | undefined,
 *   record: (key: Key, measured: Measured) => void, note: (key: Key, sample: Sample) => void,
 * }} Bench
 * @typedef {{ server: Server, names: string[], tokens: string[] }} Ready
 */

/**
 * Starts all systems side by side, does something with them and stops them. Only one gets load at a time.
 * @param {System[]} systems
 * @param {{ workers: number, argon2: { t: number, m: number, p: number }, redis?: RedisServers | undefined,
 *   postgres?: import("./postgres.mjs").PostgresServer | undefined }} setup
 * @param {(servers: Ready[]) => Promise<void>} work
 */
export async function withServers(systems, { redis, ...setup }, work) {
  /** @type {Ready[]} */
  const servers = [];
  try {
    for (const system of systems) {
      const own = system.isRival ? redis?.rivals : redis?.ours;
      const redisUrl = setup.postgres === undefined || system.needsRedis ? own?.nextUrl() : undefined;
      const server = await startServer(system, { ...setup, redisUrl });
      servers.push({ server, names: [], tokens: [] });
    }
    await work(servers);
  } finally {
    for (const { server } of servers) await server.stop();
  }
}
