import type { TestProject } from "vitest/node";
import { startRedis } from "./redis.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis of this test run's own; `undefined` where no redis-server could be had. */
    redisUrl: string;
  }
}

/** One real Redis for all tests, on a free port, gone with the run. */
export async function setup(project: TestProject) {
  const redis = await startRedis();
  project.provide("redisUrl", redis.url);
  return () => redis.stop();
}
