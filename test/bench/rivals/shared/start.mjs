import cluster from "node:cluster";

/** The settings of every rival, under the same names as Latchkey's. */
export const settings = {
  port: Number(process.env.PORT),
  workers: Number(process.env.WORKERS ?? 1),
  database: process.env.DATABASE_URL ?? "",
  redisUrl: process.env.REDIS_URL,
  secret: process.env.JWT_SECRET ?? "",
  accessSeconds: 180 * 60,
  windowSeconds: 7 * 24 * 60 * 60,
  /** For the `argon2` package; `type: 0` is argon2d, 1 is argon2i. */
  argon2: {
    type: /** @type {const} */ (1),
    timeCost: Number(process.env.ARGON2_TIME_COST),
    memoryCost: Number(process.env.ARGON2_MEMORY_KIB),
    parallelism: Number(process.env.ARGON2_PARALLELISM),
  },
};

/** Serves from one process, or from `WORKERS` that share the port. @param {() => unknown} serve */
export async function start(serve) {
  if (settings.workers > 1 && cluster.isPrimary) {
    for (let i = 0; i < settings.workers; i++) cluster.fork();
    process.on("SIGTERM", () => process.exit(0));
    return;
  }
  await serve();
}
