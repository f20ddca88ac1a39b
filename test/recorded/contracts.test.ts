import { describe, expect, inject, it } from "vitest";
import { contractChapters, sessionChapters } from "./contracts/index.js";
import { play } from "./play.js";
import { readRecording, recordedNames } from "./recording.js";

const HINT = "The contracts are frozen: change the code, not the recording";

describe("the answers of both contracts", () => {
  it.each(contractChapters)("are as recorded, to the byte: $name", async (chapter) => {
    expect(await play(chapter), HINT).toBe(readRecording("contracts", chapter.name));
  });

  it.each(sessionChapters)("are the same with Redis: $name", async (chapter) => {
    const answers = await play(chapter, { REDIS_URL: inject("redisUrl") });
    expect(answers, HINT).toBe(readRecording("contracts", chapter.name));
  });

  it("have no recording without a chapter", () => {
    expect(recordedNames("contracts")).toEqual(contractChapters.map(({ name }) => name).sort());
  });
});
