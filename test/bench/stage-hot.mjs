import { BEGINNING_SECONDS, makeTokens, makeUsers, readLoad, refreshLoad } from "./load.mjs";
import { withServers } from "./stage.mjs";

/** Hashes play no part here: setting up should not take long. */
const CHEAP = { t: 1, m: 512, p: 1 };
const USERS = 64;
/** How long each workload of each process runs before anything counts: until the code is compiled. */
const WARMUP_SECONDS = 3;

/**
 * verify, me, refresh: what every other request of an application waits for. @param
 * {import("./stage.mjs").Bench} bench
 */
export async function hotStage({ systems, options, record, redis, postgres }) {
  const workloads = /** @type {const} */ (["verify", "me", "one-connection", "refresh"]).filter((each) =>
    options.only.includes(each),
  );
  if (workloads.length === 0) return;
  for (const backend of options.backends) {
    for (const workers of options.processes) {
      const setup = { workers, argon2: CHEAP, redis: backend === "sqlite" ? undefined : redis, postgres };
      await withServers(systems, setup, async (servers) => {
        for (const each of servers) {
          const names = await makeUsers(each.server, USERS);
          Object.assign(each, { names, tokens: await makeTokens(each.server, names) });
        }
        const key = (/** @type {string} */ workload) => ({ workload, backend, processes: workers });
        for (let round = -1; round < options.rounds; round++) {
          for (const workload of workloads) {
            for (const each of servers) {
              const { server, names, tokens } = each;
              if (server.system.missing?.includes(workload)) continue;
              const warmup = options.quick ? options.seconds : WARMUP_SECONDS * workers;
              const seconds = round < 0 ? warmup : options.seconds;
              const load =
                workload === "refresh"
                  ? { tokens: await makeTokens(server, names), seconds }
                  : { tokens, seconds };
              const before = server.usage();
              const figures =
                workload === "refresh"
                  ? await refreshLoad(server, load)
                  : await readLoad(server, workload === "me" ? "me" : "verify", {
                      ...load,
                      ...(workload === "one-connection" && { connections: 1 }),
                    });
              const busySeconds = seconds + (workload === "refresh" ? BEGINNING_SECONDS.refresh : 0);
              if (round >= 0) record(key(workload), { server, before, figures, seconds: busySeconds });
            }
          }
        }
      });
    }
  }
}
