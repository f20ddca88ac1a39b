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
    return HOT.filter(({ workloads }) => workloads.includes(workload)).flatMap(({ rival, atLeast }) => {
      const ratio = rows.find(({ name }) => name === rival)?.ratio;
      if (ratio === undefined) return [];
      return [{ what: `${what}: × ${rival}`, wanted: `≥ ${atLeast}`, seen: ratio, met: ratio >= atLeast }];
    });
  });
}

/** @param {string} what @param {number} seen @param {number} limit @returns {Verdict} */
const atMost = (what, seen, limit) => ({ what, wanted: `< ${limit}`, seen, met: seen < limit });

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
