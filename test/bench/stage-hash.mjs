import { BEGINNING_SECONDS, hashLoad, hashRate, makeUsers } from "./load.mjs";
import { withServers } from "./stage.mjs";

const USERS = 8;
/**
 * How long each workload runs before anything counts: at so few requests a second, it takes hundreds of them
 * until the code is compiled.
 */
const WARMUP_SECONDS = 8;

/** login and register: one hash each, which is slow on purpose. @param {import("./stage.mjs").Bench} bench */
export async function hashStage({ systems, options, record, note, redis, postgres }) {
  const workloads = /** @type {const} */ (["login", "register"]).filter((each) =>
    options.only.includes(each),
  );
  if (workloads.length === 0) return;
  const hashing = systems.filter(
    ({ name, missing = [] }) => name !== "latchkey-es256" && !missing.includes("login"),
  );
  const setup = { redis: postgres && redis, postgres };
  for (const lanes of options.quick ? [4] : [4, 1]) {
    // One lane or four, one process or two: three of the four combinations tell enough.
    for (const workers of lanes === 4 ? options.processes : [1]) {
      const argon2 = { t: 3, m: 65_536, p: lanes };
      await withServers(hashing, { ...setup, workers, argon2 }, async (servers) => {
        for (const each of servers) each.names = await makeUsers(each.server, USERS);
        const seconds = options.hashSeconds;
        for (const { server, names } of options.quick ? [] : servers) {
          for (const workload of workloads)
            await hashLoad(server, workload, { names, seconds: WARMUP_SECONDS });
        }
        for (let round = 0; round < options.rounds; round++) {
          // What takes seconds in every round needs only few rounds to stand out from noise: rivals, which
          // differ by several times, get a third of them.
          const measured = servers.filter(({ server }) => round % 3 === 0 || !server.system.isRival);
          for (const workload of workloads) {
            const key = { workload, backend: options.engine, processes: workers, lanes };
            note(key, { name: "hash alone", rps: await hashRate(argon2, seconds) });
            for (const { server, names } of measured) {
              const before = server.usage();
              const figures = await hashLoad(server, workload, { names, seconds });
              record(key, { server, before, figures, seconds: seconds + BEGINNING_SECONDS.hash });
            }
          }
        }
      });
    }
  }
}
