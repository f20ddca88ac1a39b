import { describe, expect, it } from "vitest";
import { play } from "./play.js";
import { procedureChapters } from "./procedures/index.js";
import { readRecording, recordedNames } from "./recording.js";

const HINT = "If the answers are meant to change, record them again with `npm run record`";

describe("the answers of /api/v1 and tRPC", () => {
  it.each(procedureChapters)("are as recorded: $name", async (chapter) => {
    expect(await play(chapter), HINT).toBe(readRecording("procedures", chapter.name));
  });

  it("have no recording without a chapter", () => {
    expect(recordedNames("procedures")).toEqual(procedureChapters.map(({ name }) => name).sort());
  });
});
