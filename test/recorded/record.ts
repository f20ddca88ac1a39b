// `npm run record`: plays all chapters and records their answers. Recordings of the procedures are overwritten; those of
// the contracts never are: delete the file yourself, and say in the commit why the contract changed.
import { contractChapters } from "./contracts/index.js";
import { type Chapter, play } from "./play.js";
import { procedureChapters } from "./procedures/index.js";
import { type Collection, readRecording, writeRecording } from "./recording.js";

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Resolves to whether the recording now holds these answers. */
async function record(collection: Collection, chapter: Chapter): Promise<boolean> {
  const recorded = readRecording(collection, chapter.name);
  const answers = await play(chapter);
  if (answers === recorded) return true;
  const isFrozen = collection === "contracts" && recorded !== undefined;
  if (!isFrozen) writeRecording(collection, chapter.name, answers);
  const done = isFrozen ? "frozen, but the answers differ: not written" : "written";
  say(`${collection}/answers/${chapter.name}.txt: ${done}`);
  return !isFrozen;
}

const results: boolean[] = [];
for (const chapter of contractChapters) results.push(await record("contracts", chapter));
for (const chapter of procedureChapters) results.push(await record("procedures", chapter));
if (results.includes(false)) process.exitCode = 1;
