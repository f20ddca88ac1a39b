import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { inEmptyFolder, launch, logLines } from "./launch.js";

// Each starts many processes.
vi.setConfig({ testTimeout: 300_000 });

const HOOK = pathToFileURL(join(import.meta.dirname, "signal-at.mjs")).href;
const stopAfter = (ms: number, signal: NodeJS.Signals = "SIGTERM") => ({
  NODE_OPTIONS: `--import=${HOOK}`,
  STOP_WITH: signal,
  STOP_AFTER_MS: String(ms),
});
/** Denser at the beginning, where most is loaded; the last ones come when the server listens. */
const MOMENTS = [0, 10, 20, 40, 60, 80, 100, 130, 160, 200, 240, 280, 320, 360, 400, 500, 700, 1000];

describe("a stop signal while the server starts", () => {
  it.each<NodeJS.Signals>(["SIGTERM", "SIGHUP", "SIGINT"])(
    "is heard before the program is loaded, and ends it with 0 and a closed database whenever it comes: %s",
    async (signal) => {
      const moments = signal === "SIGTERM" ? MOMENTS : MOMENTS.filter((_, index) => index % 4 === 2);
      for (const ms of moments) {
        await inEmptyFolder(async (folder, start) => {
          const server = start({ DRAIN_SECONDS: "0", ...stopAfter(ms, signal) });
          expect([ms, await server.exit, server.stderr()]).toEqual([ms, 0, ""]);
          const data = join(folder, "data");
          const left = existsSync(data) ? (await readdir(data)).sort() : [];
          const clean = ["latchkey.db", "latchkey.db-reserve"];
          expect([ms, left]).toEqual([ms, left.length === 0 ? [] : clean]);
          const messages = logLines(server).map(({ msg }) => msg);
          if (left.length > 0) expect(messages.slice(-2)).toEqual(["stopping", "stopped"]);
        });
      }
    },
  );

  it("ends `npm start` with 0, also while it looks whether everything is built", async () => {
    const program = join(import.meta.dirname, "../../packages/config/run.mjs");
    for (const ms of [0, 20, 50, 100, 150, 200, 300, 450, 700]) {
      await inEmptyFolder(async (folder) => {
        const server = launch({ cwd: folder, program, args: ["server"], environment: stopAfter(ms) });
        expect([ms, await server.exit, server.stderr()]).toEqual([ms, 0, ""]);
        const data = join(folder, "data");
        const left = existsSync(data) ? await readdir(data) : [];
        expect([ms, left.filter((name) => /-(wal|shm)$/.test(name))]).toEqual([ms, []]);
      });
    }
  });

  it("ends several processes with 0, each of them cleanly", async () => {
    for (const ms of [0, 50, 150, 250, 400, 600, 900, 1300]) {
      await inEmptyFolder(async (_, start) => {
        const server = start({ DRAIN_SECONDS: "0", WORKERS: "2", ...stopAfter(ms) });
        expect([ms, await server.exit, server.stderr()]).toEqual([ms, 0, ""]);
        // Of two that close at the same moment neither may be the last, so a log can be left: nothing is lost.
        const pidsOf = (what: string) =>
          logLines(server).flatMap(({ msg, pid }) => (msg === what ? [pid] : []));
        const stopped = pidsOf("stopped");
        expect([ms, pidsOf("listening").filter((pid) => !stopped.includes(pid))]).toEqual([ms, []]);
      });
    }
  });
});
