import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, runChild, startChild, stopChild } from "./children.mjs";

/**
 * The bench's own Redis; each server gets one of its databases. A durable one has on disk what it
 * acknowledges, for servers that keep nothing else of it. The other one stores nothing on disk.
 * @param {{ durable: boolean }} options
 */
export async function startRedis({ durable }) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const port = String(await freePort());
  const keeping = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const args = ["--port", port, "--bind", "127.0.0.1", "--save", "", ...keeping, "--dir", folder];
  const { child } = startChild("redis-server", args);
  for (let tries = 0; tries < 100; tries++) {
    const answer = await runChild("redis-cli", ["-p", port, "ping"], { timeoutMs: 2000 }).catch(() => "");
    if (answer.startsWith("PONG")) break;
    await sleep(50);
  }
  let databases = 0;
  return {
    nextUrl: () => `redis://127.0.0.1:${port}/${databases++}`,
    async stop() {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
