/** @typedef {{ key: import("./stage.mjs").Key, samples: import("./stage.mjs").Sample[] }} Group */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] = [
    sorted[sorted.length % 2 === 1 ? middle : middle - 1],
    sorted[middle],
  ];
  return (low + high) / 2;
}

/** Each system's medians over its rounds, in the order of measurement. @param {Group} group */
export function summarise({ samples }) {
  const names = [...new Set(samples.map(({ name }) => name))];
  return names.map((name) => {
    const own = samples.filter((sample) => sample.name === name);
    const columns = new Set(own.flatMap((sample) => Object.keys(sample)));
    const medians = [...columns].flatMap((column) => {
      const values = own.map((sample) => sample[column]).filter((value) => typeof value === "number");
      return values.length === 0 ? [] : [[column, median(values)]];
    });
    return { name, .../** @type {Record<string, number>} */ (Object.fromEntries(medians)) };
  });
}

const COLUMNS = /** @type {const} */ ([
  ["rps", "req/s", 1],
  ["ratio", "ours/its", 2],
  ["p50", "p50 ms", 2],
  ["p99", "p99 ms", 2],
  ["cpuUs", "CPU µs/req", 0],
  ["postgresUs", "PG µs/req", 1],
  ["cpuRatio", "its/ours", 2],
  ["rssMb", "RSS MB", 0],
  ["startMs", "start ms", 0],
  ["idleMb", "idle MB", 0],
  ["usedMb", "after sign-ins MB", 0],
  ["failed", "failed", 0],
]);

/** @param {Group} group */
export function printTable(group) {
  const rows = /** @type {Array<{ name: string } & Record<string, unknown>>} */ (withRatios(group));
  const used = COLUMNS.filter(([column]) => rows.some((row) => row[column] !== undefined));
  const { workload, ...rest } = group.key;
  const title = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  const cells = rows.map((row) => [
    String(row.name),
    ...used.map(([column, , digits]) => format(row[column], digits)),
  ]);
  const lines = [["", ...used.map(([, title]) => title)], ...cells];
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
  console.log(`\n${[workload, ...title].join(", ")}\n${text.join("\n")}`);
}

/**
 * Ratios of medians: how many times the first system's requests, and how many times its CPU time per request.
 * @param {Group} group
 */
export function withRatios(group) {
  const rows = /** @type {Array<{ name: string } & Record<string, any>>} */ (summarise(group));
  const ours = rows.find(({ name, rps }) => name !== "hash alone" && rps !== undefined);
  if (ours === undefined || group.key.workload.includes("storm")) return rows;
  return rows.map((row) => ({
    ...row,
    ...(row !== ours && row.rps !== undefined && { ratio: ours.rps / row.rps }),
    ...(row !== ours && row.cpuUs !== undefined && { cpuRatio: row.cpuUs / ours.cpuUs }),
  }));
}

/** @param {unknown} value @param {number} digits */
function format(value, digits) {
  if (typeof value !== "number" || Number.isNaN(value)) return "–";
  return value.toFixed(value >= 1000 ? 0 : digits);
}
