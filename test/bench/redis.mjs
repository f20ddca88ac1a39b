import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, runChild, startChild, stopChild } from "./children.mjs";

/** A Redis of the bench's own, that keeps nothing on disk. Each server gets a database of it. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const port = String(await freePort());
  const args = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
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
