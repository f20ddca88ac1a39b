import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { samplesOf } from "../support/metrics.js";
import { inEmptyFolder, logLines } from "./launch.js";

describe("the management port of several processes", () => {
  it("shows those that answer, and waits at most a second for others", async () => {
    await inEmptyFolder(async (_, launch) => {
      const launched = launch({ WORKERS: "2", MANAGEMENT_PORT: "0" });
      await launched.url;
      const lines = (text: string) => logLines(launched).filter(({ msg }) => msg === text);
      await expect.poll(() => lines("listening").length, { timeout: 10_000 }).toBe(2);
      const managementUrl = `http://127.0.0.1:${lines("management port listening")[0]?.port}`;
      const silent = Number(lines("listening")[0]?.pid);
      process.kill(silent, "SIGSTOP");
      const answer = await fetch(`${managementUrl}/metrics`);
      process.kill(silent, "SIGCONT");
      expect(answer.status).toBe(200);
      expect(samplesOf(await answer.text()).get("latchkey_ready")).toBe(1);
    });
  });

  it("shows the sum, and the worst readiness", async () => {
    await inEmptyFolder(async (_, launch) => {
      const launched = launch({ WORKERS: "2", MANAGEMENT_PORT: "0" });
      const url = await launched.url;
      const said = logLines(launched).find(({ msg }) => msg === "management port listening");
      const managementUrl = `http://127.0.0.1:${said?.port}`;
      const requests = Array.from({ length: 20 }, () =>
        fetch(`${url}/api/users/me`, { headers: { Connection: "close" } }),
      );
      await Promise.all(requests);
      // A process that is still starting cannot report its part yet.
      const sum = 'latchkey_calls_total{procedure="users.me",code="TOKEN_MISSING"}';
      let samples = samplesOf("");
      while (samples.get(sum) !== 20) {
        await sleep(50);
        samples = samplesOf(await (await fetch(`${managementUrl}/metrics`)).text());
      }
      expect(samples.get("latchkey_database_up")).toBe(1);
      const readiness = await fetch(`${managementUrl}/readyz`);
      expect([readiness.status, await readiness.json()]).toEqual([
        200,
        { status: "ok", checks: { database: "up" } },
      ]);
    });
  });
});
