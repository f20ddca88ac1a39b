import type { TestProject } from "vitest/node";
import { buildExample } from "../browser/build.js";
import { launchBrowser } from "./browser-server.js";
import { bundleCommand } from "./bundle.js";
import { installPackages } from "./install.js";
import { offerOncePerRun } from "./once-per-run.js";
import { startRedis } from "./redis.js";

const makers = {
  browser: launchBrowser,
  command: bundleCommand,
  example: buildExample,
  packages: installPackages,
};

export type SharedName = keyof typeof makers;

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis of this test run's own; `undefined` where no redis-server could be had. */
    redisUrl: string;
    /** Where `shared` asks for what is made once per run. */
    sharedUrl: string;
  }
}

/** One real Redis for all tests, on a free port, and what else they share; all of it gone with the run. */
export async function setup(project: TestProject) {
  // Called for each project, too: they inherit what the root provides.
  if (!project.isRootProject()) return;
  const [redis, offer] = await Promise.all([startRedis(), offerOncePerRun(makers)]);
  project.provide("redisUrl", redis.url);
  project.provide("sharedUrl", offer.url);
  // Whoever watches has changed the sources by then.
  project.onTestsRerun(offer.clear);
  return () => Promise.all([redis.stop(), offer.end()]);
}
