import { inspect } from "node:util";

/** Prints figures as plain lines, and remembers whether a promise was broken. */
const startedMs = performance.now();
let broken = 0;

/** A figure, or a step in progress. */
export function say(line: string): void {
  process.stdout.write(`       ${line}\n`);
}

/** A promise and what was observed of it. */
export function expectThat(kept: boolean, line: string): void {
  if (!kept) broken++;
  process.stdout.write(`${kept ? "ok    " : "FAILED"} ${line}\n`);
}

/** A count that must be zero. */
export function expectNone(count: number, what: string): void {
  expectThat(count === 0, `${what}: ${count}`);
}

/** Not a promise: something that cannot be tried on this machine. */
export function skip(line: string): void {
  process.stdout.write(`skip   ${line}\n`);
}

/** Runs a script to its end; if it throws, that counts as broken too. */
export async function prove(name: string, script: () => Promise<void>, limitSeconds = 240): Promise<never> {
  const timer = setTimeout(() => {
    expectThat(false, `${name} did not end within ${limitSeconds} s`);
    process.exit(1);
  }, limitSeconds * 1000);
  try {
    await script();
  } catch (error) {
    expectThat(false, `${name}: ${inspect(error)}`);
  }
  clearTimeout(timer);
  say(`took ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  process.exit(broken === 0 ? 0 : 1);
}

/** The value below which this fraction of the values is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** `200 ×12, 503 ×3` */
export function tally(values: Iterable<string | number>): string {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([value, count]) => `${value} ×${count}`);
  return parts.join(", ") || "none";
}
