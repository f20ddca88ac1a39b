import { withRatios } from "./table.mjs";

/** @typedef {import("./table.mjs").Group} Group */
/** @typedef {{ what: string, wanted: string, seen: number, met: boolean }} Verdict */

const HOT = [
  { workloads: ["verify", "me"], rival: "fastify", atLeast: 1.3 },
  { workloads: ["verify", "me"], rival: "express", atLeast: 5 },
  { workloads: ["refresh"], rival: "fastify", atLeast: 1 },
  { workloads: ["login", "register"], rival: "hash alone", atLeast: 0.9 },
  ...["express", "fastify", "better-auth", "fastapi"].map((rival) => ({
    workloads: ["login", "register"],
    rival,
    atLeast: 4,
  })),
];
/** On PostgreSQL, against what also keeps users and sessions there. */
const HOT_ON_POSTGRES = [
  { workloads: ["verify", "me"], rival: "fastify-pg", atLeast: 3 },
  { workloads: ["verify", "me"], rival: "fastify-pg-pipelined", atLeast: 2 },
  { workloads: ["verify", "me"], rival: "fastify-redis-pg", atLeast: 3 },
  { workloads: ["verify", "me"], rival: "express-pg", atLeast: 6 },
  { workloads: ["verify", "me"], rival: "node-http", atLeast: 0.65 },
  { workloads: ["verify", "me"], rival: "latchkey-sqlite", atLeast: 0.9 },
  { workloads: ["refresh"], rival: "fastify-pg", atLeast: 3 },
  { workloads: ["login", "register"], rival: "hash alone", atLeast: 0.88 },
];
const POSTGRES_US = 8;
/** What asking PostgreSQL adds to a request that is alone. */
const ADDED_MS = 0.4;
const NODES_RATIO = 1.3;
/** By processor time: what a second factor adds to a login. */
const FACTOR_RATIO = 1.05;
const STORM_P99_MS = 20;
const START_MS = 600;
const IDLE_MB = 90;
/** By processor time: on a busy machine, the rates of two servers in turns say less. */
const SIZE_RATIO = 1.1;

/**
 * The targets and the results, for everything that was measured. @param {Group[]} groups @returns {Verdict[]}
 */
export function judge(groups) {
  return groups.flatMap((group) => {
    const { workload, ...rest } = group.key;
    const what = [workload, ...Object.entries(rest).map(([name, value]) => `${name} ${value}`)].join(", ");
    const rows = /** @type {Array<{ name: string } & Record<string, any>>} */ (withRatios(group));
    const ours = rows.find(({ name }) => name === "latchkey");
    if (workload === "start" && ours !== undefined)
      return [
        atMost(`${what}: first answer, ms`, ours.startMs, START_MS),
        atMost(`${what}: idle, MB`, ours.idleMb, IDLE_MB),
      ];
    if (workload.includes("storm") && ours !== undefined)
      return [atMost(`${what}: p99, ms`, ours.p99, STORM_P99_MS)];
    if (workload.endsWith("by size")) {
      const [few, many] = rows;
      return few && many ? [atMost(`${what}: CPU × ${few.name}`, many.cpuUs / few.cpuUs, SIZE_RATIO)] : [];
    }
    if (workload === "login with a factor") {
      const [plain, coded] = ["login", "login and code"].map((name) => rows.find((row) => row.name === name));
      return plain && coded ? [atMost(`${what}: CPU × login`, coded.cpuUs / plain.cpuUs, FACTOR_RATIO)] : [];
    }
    if (workload === "refresh by nodes") {
      const [one, many] = rows;
      return one && many ? [atLeast(`${what}: × ${one.name}`, many.rps / one.rps, NODES_RATIO)] : [];
    }
    const isOnPostgres = group.key.backend === "postgres";
    if (workload === "one-connection") {
      const limit = rows.find(({ name }) => name === "node-http");
      return ours && limit ? [atMost(`${what}: added p50, ms`, ours.p50 - limit.p50, ADDED_MS)] : [];
    }
    const cost =
      isOnPostgres && workload === "verify" && ours?.postgresUs !== undefined
        ? [atMost(`${what}: PostgreSQL's CPU, µs`, ours.postgresUs, POSTGRES_US)]
        : [];
    const ratios = (isOnPostgres ? HOT_ON_POSTGRES : HOT)
      .filter(({ workloads }) => workloads.includes(workload))
      .flatMap(({ rival, atLeast: least }) => {
        const ratio = rows.find(({ name }) => name === rival)?.ratio;
        if (ratio === undefined) return [];
        return [atLeast(`${what}: × ${rival}`, ratio, least)];
      });
    return [...cost, ...ratios];
  });
}

/** @param {string} what @param {number} seen @param {number} limit @returns {Verdict} */
const atMost = (what, seen, limit) => ({ what, wanted: `< ${limit}`, seen, met: seen < limit });

/** @param {string} what @param {number} seen @param {number} limit @returns {Verdict} */
const atLeast = (what, seen, limit) => ({ what, wanted: `≥ ${limit}`, seen, met: seen >= limit });

/** @param {Group[]} groups */
export function printTargets(groups) {
  const verdicts = judge(groups);
  if (verdicts.length === 0) return;
  const width = Math.max(...verdicts.map(({ what }) => what.length));
  console.log(`\n${"targets".padEnd(width + 2)}${"target".padStart(8)}${"measured".padStart(10)}`);
  for (const { what, wanted, seen, met } of verdicts)
    console.log(
      `${met ? "✓" : "✗"} ${what.padEnd(width)}${wanted.padStart(8)}${seen.toFixed(seen >= 100 ? 0 : 2).padStart(10)}`,
    );
  console.log(`${verdicts.filter(({ met }) => met).length} of ${verdicts.length} reached`);
}
