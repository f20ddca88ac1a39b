// Three servers on one PostgreSQL: PostgreSQL is killed, restarted, stopped, cut off, replaced, full; servers are
// stopped and cut off. No acknowledged write is lost, no revoked token is accepted, nothing hangs.
import { parseArgs } from "node:util";
import { postgresPrograms } from "../programs.mjs";
import { brokenPostgres } from "./nodes-postgres.js";
import { races } from "./nodes-race.js";
import { brokenNodes } from "./nodes-servers.js";
import { failovers } from "./nodes-standby.js";
import { starts } from "./nodes-start.js";
import { prove, skip } from "./support/report.js";

/** Each is one kind of trouble; it gets a PostgreSQL of its own. */
const TROUBLES = [...races, ...starts, ...brokenPostgres, ...brokenNodes, ...failovers];

const { values } = parseArgs({ options: { only: { type: "string" } } });

await prove(
  "nodes",
  async () => {
    if (postgresPrograms() === undefined) return skip("PostgreSQL is not installed (Debian: postgresql)");
    for (const { name, run } of TROUBLES) if (name.includes(values.only ?? "")) await run(name);
  },
  120 * TROUBLES.length,
);
