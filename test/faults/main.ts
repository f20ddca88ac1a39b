// `npm run prove`: runs every script, or those that are named, and prints a closing table.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { start } from "./support/children.js";

const NAMES = [
  "kill",
  "stop",
  "redis",
  "full",
  "disk",
  "damage",
  "race",
  "storm",
  "flood",
  "nodes",
  "feed",
  "move",
  "factors",
  "soak",
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, only: { type: "string" } },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(", ")}. Known: ${NAMES.join(", ")}.\n`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : NAMES;

if (process.env.LATCHKEY_MAIN === undefined) {
  const build = join(import.meta.dirname, "../../apps/server/build.mjs");
  const { status } = spawnSync(process.execPath, [build], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
if (spawnSync("redis-server", ["--version"]).status !== 0) {
  process.stderr.write("redis-server is needed on the PATH (Debian: apt-get install redis-server).\n");
  process.exit(2);
}

interface Result {
  readonly name: string;
  readonly kept: number;
  readonly skipped: number;
  readonly broken: readonly string[];
  readonly seconds: number;
}

const results: Result[] = [];
for (const name of chosen) {
  process.stdout.write(`\n${name}\n`);
  results.push(await run(name));
}
process.stdout.write(
  `\n${"script".padEnd(10)}${"kept".padStart(6)}${"broken".padStart(8)}${"skipped".padStart(9)}${"seconds".padStart(9)}\n`,
);
for (const { name, kept, broken, skipped, seconds } of results) {
  process.stdout.write(
    `${name.padEnd(10)}${String(kept).padStart(6)}${String(broken.length).padStart(8)}${String(skipped).padStart(9)}${seconds.toFixed(0).padStart(9)}\n`,
  );
}
for (const { name, broken } of results) for (const line of broken) process.stdout.write(`${name}: ${line}\n`);
process.exit(results.some(({ broken }) => broken.length > 0) ? 1 : 0);

/** Runs one script in a separate process. */
async function run(name: string): Promise<Result> {
  const startMs = performance.now();
  const options = [
    ...(name === "soak" && values.minutes !== undefined ? ["--minutes", values.minutes] : []),
    ...(/^(flood|nodes)$/.test(name) && values.only !== undefined ? ["--only", values.only] : []),
  ];
  const file = join(import.meta.dirname, `${name}.ts`);
  const child = start(process.execPath, [...process.execArgv, file, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let written = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    written += chunk.toString("utf8");
    process.stdout.write(chunk);
  });
  const [code] = await once(child, "close");
  const lines = written.split("\n");
  const broken = lines.filter((line) => line.startsWith("FAILED"));
  if (code !== 0 && broken.length === 0) broken.push(`FAILED exited with ${code}`);
  return {
    name,
    broken,
    kept: lines.filter((line) => line.startsWith("ok ")).length,
    skipped: lines.filter((line) => line.startsWith("skip ")).length,
    seconds: (performance.now() - startMs) / 1000,
  };
}
