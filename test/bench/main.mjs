// Started by run.mjs. Latchkey and its rivals side by side, in turns, on this machine. `--help` lists the
// options.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { prepareBench } from "./install.mjs";
import { loadedBy } from "./load.mjs";
import { readOptions } from "./options.mjs";
import { startPostgres } from "./postgres.mjs";
import { startRedis } from "./redis.mjs";
import { factorStage } from "./stage-factors.mjs";
import { hashStage } from "./stage-hash.mjs";
import { hotStage } from "./stage-hot.mjs";
import { nodesStage } from "./stage-nodes.mjs";
import { sizeStage } from "./stage-size.mjs";
import { startStage } from "./stage-start.mjs";
import { stormStage } from "./stage-storm.mjs";
import { isThere, OURS, OURS_ON_POSTGRES, otherBuild, RIVALS, RIVALS_ON_POSTGRES } from "./systems.mjs";
import { printTable, withRatios } from "./table.mjs";
import { printTargets } from "./targets.mjs";

const HOT_RIVALS = ["express", "fastify", ...RIVALS_ON_POSTGRES.map(({ name }) => name)];
const LONGEST_MS = 45 * 60_000;
setTimeout(() => {
  console.error("The bench took too long and was stopped.");
  process.exit(1);
}, LONGEST_MS).unref();

const options = readOptions(process.argv.slice(2), {
  sqlite: RIVALS.map(({ name }) => name),
  postgres: RIVALS_ON_POSTGRES.map(({ name }) => name),
});
const isOnPostgres = options.engine === "postgres";
const [ours, allRivals] = isOnPostgres ? [OURS_ON_POSTGRES, RIVALS_ON_POSTGRES] : [OURS, RIVALS];
await prepareBench();
const rivals = allRivals.filter((system) => options.against.includes(system.name) && isThere(system));
const startedMs = Date.now();
const machine = {
  date: new Date().toISOString(),
  cpu: `${availableParallelism()} × ${cpus()[0]?.model}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  commit: commit(),
  loadedBy,
  load: loadavg()[0],
};
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(", "),
);

/** @type {import("./table.mjs").Group[]} */
const groups = [];
/** @type {import("./stage.mjs").Bench["note"]} */
const note = (key, sample) => {
  const id = JSON.stringify(key);
  const known = groups.find((each) => JSON.stringify(each.key) === id);
  if (known === undefined) groups.push({ key, samples: [sample] });
  else known.samples.push(sample);
  const { name, rps, p99, startMs } = sample;
  const figures = rps === undefined ? `${startMs} ms` : `${rps.toFixed(1)}/s p99 ${p99?.toFixed(2)} ms`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${key.workload} ${name} ${figures}`);
};
/** @type {import("./stage.mjs").Bench["record"]} */
const record = (key, { server, before, figures, seconds }) => {
  const { cpuSeconds, postgresSeconds, rssMb } = server.usage();
  const each = (/** @type {number} */ used) => (used * 1e6) / (figures.rps * seconds);
  const cpuUs = each(cpuSeconds - before.cpuSeconds);
  const postgresUs =
    postgresSeconds === undefined ? undefined : each(postgresSeconds - (before.postgresSeconds ?? 0));
  note(key, { name: server.name, ...figures, cpuUs, rssMb, ...(postgresUs !== undefined && { postgresUs }) });
};

const postgres = isOnPostgres ? await startPostgres() : undefined;
const redis = {
  ours: await startRedis({ durable: false }),
  rivals: await startRedis({ durable: !options.forgetfulRedis }),
};
const engine = isOnPostgres ? "PostgreSQL's fsync" : "SQLite's FULL";
console.log(
  `Every answer is sent only once its data is on disk: Latchkey's by ${engine}, the rivals' by ${engine} and, for what they keep in Redis, by ${
    options.forgetfulRedis ? "nothing (--forgetful-redis)" : "appendfsync always"
  }.`,
);
const bench = {
  systems: [...ours, ...options.also.map((each) => otherBuild(each, isOnPostgres)), ...rivals],
  options,
  redis,
  postgres,
  record,
  note,
};
const alone = ours.slice(0, isOnPostgres ? 2 : 1);
/** Each stage, and the systems that the targets compare in it. */
const stages = [
  { stage: startStage, targets: alone },
  { stage: hotStage, targets: [...alone, ...rivals.filter(({ name }) => HOT_RIVALS.includes(name))] },
  { stage: hashStage, targets: [...alone, ...rivals] },
  { stage: factorStage, targets: alone },
  { stage: stormStage, targets: alone },
  { stage: sizeStage, targets: alone },
  { stage: nodesStage, targets: alone },
];
for (const { stage, targets } of stages) {
  const done = groups.length;
  await stage(options.targets ? { ...bench, systems: targets } : bench);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  for (const group of groups.slice(done)) printTable(group);
  keep();
}
printTargets(groups);
await redis.ours.stop();
await redis.rivals.stop();
await postgres?.stop();
const seconds = Math.round((Date.now() - startedMs) / 1000);
console.log(`\n${seconds} s, load average now ${loadavg()[0]?.toFixed(1)}`);
process.exit(0);

/** After each stage: the measurements are kept, whatever happens to the rest. */
function keep() {
  if (options.json === undefined) return;
  const results = groups.map((group) => ({ ...group, medians: withRatios(group) }));
  writeFileSync(options.json, `${JSON.stringify({ machine, options, results }, undefined, 1)}\n`);
}

function commit() {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
