import { open } from "node:fs/promises";
import { REFUSALS, type Refusal } from "../../features/transfers/service.js";
import { makeFile } from "../new-file.js";
import { csvLine } from "./csv-line.js";

/** A refusal in the form that people and programs read; never the content of the row. */
export function explainRefusal({ line, reason }: Refusal) {
  const explanation = isKnown(reason) ? REFUSALS[reason] : "refused";
  return { line, reason, explanation };
}

/** Writes all refusals as CSV, readable by its owner only. */
export function writeReport(path: string, refusals: AsyncIterable<Refusal>): Promise<void> {
  return makeFile(path, async (unfinished) => {
    const file = await open(unfinished, "wx", 0o600);
    try {
      await file.appendFile(csvLine(["line", "reason", "explanation"]));
      for await (const refusal of refusals) {
        const { line, reason, explanation } = explainRefusal(refusal);
        await file.appendFile(csvLine([line, reason, explanation]));
      }
    } finally {
      await file.close();
    }
  });
}

function isKnown(reason: string): reason is keyof typeof REFUSALS {
  return Object.hasOwn(REFUSALS, reason);
}
