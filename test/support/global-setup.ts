import type { TestProject } from "vitest/node";
import { buildExample } from "../browser/build.js";
import { postgresPrograms } from "../programs.mjs";
import { launchBrowser } from "./browser-server.js";
import { bundleCommand } from "./bundle.js";
import { installPackages } from "./install.js";
import { offerOncePerRun } from "./once-per-run.js";
import { startPgbouncer } from "./pgbouncer.js";
import { makeTemplate } from "./postgres.js";
import { startCluster } from "./postgres-cluster.js";
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
    /** This test run's own Redis; `undefined` if there is no redis-server. */
    redisUrl: string;
    /** This test run's own PostgreSQL, without a database's name; empty if PostgreSQL is not installed. */
    postgresUrl: string;
    /** What the servers of tests keep their data in. */
    engine: "sqlite" | "postgres";
    /** The port of the pooler before PostgreSQL that servers and stores use; 0: they use none. */
    poolerPort: number;
    /** Where `shared` requests what is created once per run. */
    sharedUrl: string;
  }
}

/**
 * One real Redis for all tests, on a free port, and everything else they share; all of it is removed after
 * the run.
 */
export async function setup(project: TestProject) {
  // Also called for each project: they inherit what the root provides.
  if (!project.isRootProject()) return;
  const engine = process.env.LATCHKEY_TEST_ENGINE ?? "sqlite";
  const [redis, postgres, offer] = await Promise.all([
    startRedis(),
    postgresPrograms() === undefined ? undefined : startWithTemplate(),
    offerOncePerRun(makers),
  ]);
  project.provide("redisUrl", redis.url);
  project.provide("postgresUrl", postgres?.url ?? "");
  project.provide("engine", engineOfRun(engine, postgres?.url));
  const pooler = engine === "pgbouncer" && postgres ? await startPgbouncer(postgres.port) : undefined;
  project.provide("poolerPort", pooler?.port ?? 0);
  project.provide("sharedUrl", offer.url);
  // In watch mode the sources have changed by then.
  project.onTestsRerun(offer.clear);
  return async () => {
    await pooler?.stop();
    await Promise.all([redis.stop(), postgres?.remove(), offer.end()]);
  };
}

async function startWithTemplate() {
  const postgres = await startCluster();
  await makeTemplate(postgres.url);
  return postgres;
}

function engineOfRun(wanted: string, postgresUrl: string | undefined): "sqlite" | "postgres" {
  if (wanted === "sqlite") return "sqlite";
  if (wanted !== "postgres" && wanted !== "pgbouncer") {
    throw new Error("--engine is sqlite, postgres or pgbouncer");
  }
  if (postgresUrl === undefined) throw new Error("PostgreSQL is not installed");
  return "postgres";
}
