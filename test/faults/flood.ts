// Strangers who ask for more than is served, each kind for some seconds: honest users keep being answered,
// and memory is as it was before.
import { parseArgs } from "node:util";
import { answerFloods } from "./flood-answers.js";
import { edgeFloods } from "./flood-edge.js";
import { hashingFloods } from "./flood-hashing.js";
import { runFlood } from "./support/flood.js";
import { prove } from "./support/report.js";

/** Each is one kind of attack; it gets a server of its own. */
const FLOODS = [...edgeFloods, ...answerFloods, ...hashingFloods];

const { values } = parseArgs({ options: { only: { type: "string" } } });

await prove(
  "flood",
  async () => {
    for (const flood of FLOODS) if (flood.name.includes(values.only ?? "")) await runFlood(flood);
  },
  // Start, calm, attack and rest of each.
  60 * FLOODS.length,
);
