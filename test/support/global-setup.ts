import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startRedis } from "./redis.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis of this test run's own; `undefined` where no redis-server could be had. */
    redisUrl: string;
    /** For what is made once for all files of this test run. */
    runFolder: string;
  }
}

/** One real Redis for all tests, on a free port, and one folder, gone with the run. */
export async function setup(project: TestProject) {
  const redis = await startRedis();
  const runFolder = await mkdtemp(join(tmpdir(), "latchkey-run-"));
  project.provide("redisUrl", redis.url);
  project.provide("runFolder", runFolder);
  const empty = () => rm(runFolder, { recursive: true, force: true });
  // Whoever watches has changed the sources by then.
  project.onTestsRerun(empty);
  return async () => {
    await redis.stop();
    await empty();
  };
}
