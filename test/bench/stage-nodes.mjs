import { BEGINNING_SECONDS, makeTokens, makeUsers, readLoad, refreshLoad } from "./load.mjs";
import { startServer } from "./systems.mjs";

const CHEAP = { t: 1, m: 512, p: 1 };
const USERS = 64;
const NODES = [1, 3];

/**
 * refresh and verify on one node, and on three that share a database; the load goes to all of them in turn. @param
 * {import("./stage.mjs").Bench} bench
 */
export async function nodesStage({ systems: [system], options, record, postgres }) {
  if (!options.only.includes("nodes") || postgres === undefined || system === undefined) return;
  for (const count of NODES) {
    const setup = { workers: 1, argon2: CHEAP, redisUrl: undefined, postgres };
    const database = await postgres.newDatabase();
    const nodes = [];
    try {
      for (let number = 0; number < count; number++)
        nodes.push(await startServer(system, { ...setup, database }));
      const [first] = nodes;
      if (first === undefined) return;
      const names = await makeUsers(first, USERS);
      const ports = nodes.map(({ port }) => port);
      const usage = () =>
        nodes.reduce(
          (sum, node) => {
            const { cpuSeconds, rssMb, postgresSeconds } = node.usage();
            return { cpuSeconds: sum.cpuSeconds + cpuSeconds, rssMb: sum.rssMb + rssMb, postgresSeconds };
          },
          /** @type {import("./systems.mjs").Usage} */ ({ cpuSeconds: 0, rssMb: 0 }),
        );
      const server = { ...first, name: `${count} ${count === 1 ? "node" : "nodes"}`, usage };
      const { seconds } = options;
      for (let round = -1; round < options.rounds; round++) {
        for (const workload of /** @type {const} */ (["verify", "refresh"])) {
          const tokens = await makeTokens(first, names);
          const before = usage();
          const figures =
            workload === "refresh"
              ? await refreshLoad(server, { tokens, seconds, ports })
              : await readLoad(server, workload, { tokens, seconds, ports });
          const busySeconds = seconds + (workload === "refresh" ? BEGINNING_SECONDS.refresh : 0);
          if (round >= 0)
            record({ workload: `${workload} by nodes` }, { server, before, figures, seconds: busySeconds });
        }
      }
    } finally {
      for (const node of nodes) await node.stop();
    }
  }
}
