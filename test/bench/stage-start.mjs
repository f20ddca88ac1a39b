import { setTimeout as sleep } from "node:timers/promises";
import { makeTokens, makeUsers } from "./load.mjs";
import { withServers } from "./stage.mjs";

const ARGON2 = { t: 3, m: 65_536, p: 1 };

/**
 * From the start of the process to its first answer, and its memory then and after sign-ins. @param
 * {import("./stage.mjs").Bench} bench
 */
export async function startStage({ systems, options, note, redis, postgres }) {
  if (!options.only.includes("start")) return;
  for (let round = 0; round < options.rounds; round++) {
    for (const system of systems) {
      if (system.missing?.includes("login")) continue;
      await withServers(
        [system],
        { workers: 1, argon2: ARGON2, redis: postgres && redis, postgres },
        async ([ready]) => {
          if (ready === undefined) return;
          const { server } = ready;
          await sleep(1000);
          const idleMb = server.usage().rssMb;
          await makeTokens(server, await makeUsers(server, 2));
          await sleep(1000);
          const usedMb = server.usage().rssMb;
          note({ workload: "start" }, { name: server.name, startMs: server.startMs, idleMb, usedMb });
        },
      );
    }
  }
}
