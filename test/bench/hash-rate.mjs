// How many hashes per second this machine computes when it does nothing else: with as many threads as cores.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const server = createRequire(join(import.meta.dirname, "../../apps/server/package.json"));

if (isMainThread) {
  const counts = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: JSON.parse(process.argv[2] ?? "") });
    return new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
  });
  const rates = await Promise.all(counts);
  process.stdout.write(String(rates.reduce((sum, rate) => sum + rate, 0)));
} else {
  const { hashSync } = server("@node-rs/argon2");
  const { t, m, p, seconds, PASSWORD } = workerData;
  const options = { algorithm: 1, version: 1, timeCost: t, memoryCost: m, parallelism: p, outputLen: 32 };
  hashSync(PASSWORD, options);
  const startMs = performance.now();
  let count = 0;
  while (performance.now() - startMs < seconds * 1000) {
    hashSync(PASSWORD, options);
    count++;
  }
  parentPort?.postMessage(count / ((performance.now() - startMs) / 1000));
}
