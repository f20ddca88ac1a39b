import { describe, expect, it } from "vitest";
import { gather } from "../../../../apps/server/src/features/sessions/gather.js";

describe("keys that are asked for in one turn", () => {
  it("share one question, and each gets its own answers", async () => {
    const questions: Array<readonly string[]> = [];
    const ask = gather(async (keys: readonly string[]) => {
      questions.push(keys);
      return keys.map((key) => key.toUpperCase());
    });
    const answers = await Promise.all([ask(["a", "b"]), ask([]), ask(["c"])]);
    expect(answers).toEqual([["A", "B"], [], ["C"]]);
    expect(questions).toEqual([["a", "b", "c"]]);
  });

  it("are asked for anew in the next turn", async () => {
    let count = 0;
    const ask = gather(async (keys) => keys.map(() => ++count));
    expect(await ask(["a"])).toEqual([1]);
    expect(await ask(["a"])).toEqual([2]);
  });

  it("are put in several questions where they are many", async () => {
    const sizes: number[] = [];
    const ask = gather(async (keys) => {
      sizes.push(keys.length);
      return keys;
    });
    await Promise.all(Array.from({ length: 1500 }, (_, i) => ask([String(i)])));
    expect(sizes).toEqual([1000, 500]);
  });

  it("hear of a failure, and the next question is put all the same", async () => {
    let fails = true;
    const ask = gather(async (keys) => {
      if (fails) throw new Error("away");
      return keys;
    });
    const both = await Promise.allSettled([ask(["a"]), ask(["b"])]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await ask(["a"])).toEqual(["a"]);
  });
});
