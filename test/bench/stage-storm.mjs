import { closed, hashLoad, hashRate, makeTokens, makeUsers } from "./load.mjs";
import { reading } from "./requests.mjs";
import { withServers } from "./stage.mjs";

const USERS = 8;
const VERIFY_RATE = 200;
/** Ten times what the machine can hash, from as many clients. */
const TIMES = 10;
const CLIENTS = 400;

/**
 * verify, 200 a second, while logins come at ten times the rate that this machine can hash. @param
 * {import("./stage.mjs").Bench} bench
 */
export async function stormStage({ systems, options, note, redis, postgres }) {
  if (!options.only.includes("storm")) return;
  const argon2 = { t: 3, m: 65_536, p: 1 };
  for (const backend of options.backends) {
    for (const workers of options.processes) {
      const setup = { workers, argon2, redis: backend === "sqlite" ? undefined : redis, postgres };
      const seconds = options.hashSeconds + 1;
      if (backend === "redis" && workers > 1) continue;
      const rate = TIMES * (await hashRate(argon2, 1));
      // Each separately: a server with an unbounded queue would still be hashing in another's turn. One
      // hiccup of the machine in five seconds decides a p99, hence the rounds; rivals, which are far from it,
      // have one in three.
      const measured = Array.from({ length: options.rounds }, (_, round) =>
        systems.filter(
          ({ name, isRival, missing = [] }) =>
            name !== "latchkey-es256" && !missing.includes("storm") && (round % 3 === 0 || !isRival),
        ),
      ).flat();
      for (const system of measured) {
        await withServers([system], setup, async ([ready]) => {
          if (ready === undefined) return;
          const { server } = ready;
          const names = await makeUsers(server, USERS);
          const requests = (await makeTokens(server, names)).map((token) => reading(server, "verify", token));
          const storm = hashLoad(server, "login", {
            names,
            seconds: seconds + 1,
            connections: CLIENTS,
            rate,
          }).catch(() => undefined);
          const verify = await closed(server, {
            mode: "cycle",
            requests,
            connections: 64,
            rate: VERIFY_RATE,
            warmupSeconds: 1.5,
            seconds,
          });
          const rssMb = server.usage().rssMb;
          await server.stop();
          const logins = await storm;
          const key = { workload: "verify in a login storm", backend, processes: workers };
          note(key, { name: server.name, ...verify, rssMb, logins: logins?.statuses });
        });
      }
    }
  }
}
